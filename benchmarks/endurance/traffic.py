"""What is notified during an evening."""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import Any

KEY, NEWS = "bench/evening", "bench/news"
NOTIFY_EVERY = 0.25
RECIPIENTS = 5
ASIDE_EVERY, ASIDE = 120.0, 1000
BROADCAST_EVERY = 180.0
SUBSCRIBERS = 500
VACUUM_EVERY = 60.0  # the tests' PostgreSQL does not vacuum by itself


class Traffic:
    """What is notified, each kind at its own pace."""

    def __init__(self, users: list[Any]) -> None:
        self.sent: Counter[str] = Counter()
        self._users = users
        self._subscribe()
        self._due = dict.fromkeys(
            (self._tell_some, self._tell_many, self._broadcast, self._vacuum), time.monotonic()
        )

    def flow(self, now: float) -> None:
        """Do what is due."""
        for do, due in self._due.items():
            if now >= due:
                self._due[do] = max(due, now - 1.0) + do()

    def _subscribe(self) -> None:
        from django.db import transaction

        from realtime_notify import subscribe

        with transaction.atomic():
            for user in self._users[:SUBSCRIBERS]:
                subscribe(user, NEWS)

    def _tell_some(self) -> float:
        self._tell("to five people", recipients=random.sample(self._users, RECIPIENTS))
        return NOTIFY_EVERY

    def _tell_many(self) -> float:
        recipients = random.sample(self._users, min(ASIDE, len(self._users)))
        self._tell("to a thousand", recipients=recipients)
        return ASIDE_EVERY

    def _broadcast(self) -> float:
        self._tell("broadcast", key=NEWS, lazy=True)
        return BROADCAST_EVERY

    def _vacuum(self) -> float:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        return VACUUM_EVERY

    def _tell(self, kind: str, key: str = KEY, **whom: Any) -> None:
        from realtime_notify import notify

        self.sent[kind] += 1
        notify(f"Number {self.sent[kind]} {kind}", key, **whom)
