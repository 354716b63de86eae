"""A steady load, with a ledger."""

from __future__ import annotations

import random
import threading
from typing import Any

KEY = "bench/rolling"
NOTIFY_EVERY = 0.1
SHARE = 20
"""One in so many is notified each time."""


class Publisher(threading.Thread):
    """Notifies at a steady rate, and keeps a ledger: the people of each event."""

    def __init__(self, about: str, users: list[Any]) -> None:
        super().__init__()
        self._about = about  # or what says the same as in another restart would be one item with it
        self.ledger: dict[int, set[int]] = {}
        self._users = users
        self._ends = threading.Event()
        self._problem: BaseException | None = None

    def run(self) -> None:
        """Notify until it is stopped."""
        from django.db import connection

        from realtime_notify import notify

        try:
            while not self._ends.wait(NOTIFY_EVERY):
                people = random.sample(self._users, len(self._users) // SHARE)
                number = len(self.ledger) + 1
                event = notify(f"{self._about} {number}", KEY, recipients=people)
                self.ledger[event.pk] = {user.pk for user in people}
        except Exception as error:
            self._problem = error
        finally:
            connection.close()

    def stop(self) -> None:
        """End; raise what stood in the way."""
        self._ends.set()
        self.join()
        if self._problem is not None:
            raise RuntimeError("A notification could not be sent.") from self._problem
