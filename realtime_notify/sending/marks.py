"""Marks: what became of messages, written to their rows, many by one statement.

A message that was handed over and is not marked is sent again if its worker is killed. So marks
are written a quarter of a second later at most, counted from when the first message began to be
handed over, or after each message where that takes longer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    connections,
    router,
    transaction,
)
from django.utils import timezone

from realtime_notify.models import Dispatch, DispatchItem, DispatchState, Notification
from realtime_notify.models.arrays import among, update_rows
from realtime_notify.models.media import EMAIL
from realtime_notify.models.transactions import retried

logger = logging.getLogger(__name__)

MARK_EVERY = 0.25
"""Seconds."""
PATIENCE = 30.0
"""Seconds for which a database that is away is tried again: what was sent ought to be marked."""
PAUSE = 0.5
TRIES = 3
MAX_ERROR = 2000
MAX_RECEIPT = 255


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a dispatch.

    Attributes:
        dispatch: the dispatch.
        state: where it stands now.
        due_at: when it is due again; None to leave it.
        attempts: how often it has failed.
        error: the last error.
        reason: why it was dropped, or why it waits without an error.
        receipt: what the medium calls it.
        events: how many events were sent.
        dropped: why items were dropped, by primary key.
        notifications: the primary keys of the notifications that were sent.
    """

    dispatch: Dispatch
    state: DispatchState
    due_at: datetime | None = None
    attempts: int = 0
    error: str = ""
    reason: str = ""
    receipt: str = ""
    events: int = 0
    dropped: Mapping[int, str] = field(default_factory=dict)
    notifications: Sequence[int] = ()


class Marks:
    """Marks that are yet to be written.

    Args:
        medium: the name of the medium.
    """

    def __init__(self, medium: str) -> None:
        self._medium = medium
        self._marks: list[tuple[str, Mark]] = []
        self._since = 0.0

    def add(self, token: str, mark: Mark, began: float) -> None:
        """Add a mark, and write all if the first of them has waited long enough.

        Args:
            token: the token of the lease.
            mark: the mark.
            began: when the message began to be handed over, on the monotonic clock.
        """
        if not self._marks:
            self._since = began
        self._marks.append((token, mark))
        if time.monotonic() - self._since >= MARK_EVERY:
            self.write()

    def write(self) -> None:
        """Write all marks. A database that is away is waited for.

        Raises:
            OperationalError, InterfaceError: it is still away. The next call writes them.
        """
        end = time.monotonic() + PATIENCE
        while self._marks:
            try:
                self._write()
                return
            except (OperationalError, InterfaceError) as error:
                connection = connections[router.db_for_write(Dispatch)]
                if connection.in_atomic_block or time.monotonic() >= end:
                    raise
                logger.warning("%d messages wait to be marked: %s", len(self._marks), error)
                connection.close_if_unusable_or_obsolete()
                time.sleep(PAUSE)

    def _write(self) -> None:
        now = timezone.now()
        by_token: dict[str, list[Mark]] = {}
        for token, mark in self._marks:
            by_token.setdefault(token, []).append(mark)
        with transaction.atomic(using=router.db_for_write(Dispatch)):
            for token, marks in by_token.items():
                _write_dispatches(token, marks, now)
            dropped = {pk: reason for _, mark in self._marks for pk, reason in mark.dropped.items()}
            if dropped:
                reasons = list(dropped.values())
                update_rows(DispatchItem, {"id": list(dropped), "reason": reasons})
        if self._medium == EMAIL:
            _note_emailed([pk for _, mark in self._marks for pk in mark.notifications], now)
        self._marks.clear()


def _write_dispatches(token: str, marks: Sequence[Mark], now: datetime) -> None:
    """Write marks to those rows that nobody has taken over or dropped."""
    waiting = DispatchState.WAITING
    columns: dict[str, list[Any]] = {
        "id": [mark.dispatch.pk for mark in marks],
        "state": [mark.state.value for mark in marks],
        "due_at": [mark.due_at or mark.dispatch.due_at for mark in marks],
        "attempts": [mark.attempts for mark in marks],
        "last_error": [mark.error.replace("\0", "")[:MAX_ERROR] for mark in marks],
        "reason": ["" if mark.state == waiting else mark.reason for mark in marks],
        "receipt": [mark.receipt.replace("\0", "")[:MAX_RECEIPT] for mark in marks],
        "finished_at": [None if mark.state == waiting else now for mark in marks],
        "claimed_until": [None] * len(marks),
        "claimed_by": [""] * len(marks),
    }
    update_rows(Dispatch, columns, only={"claimed_by": token})


def _note_emailed(pks: Sequence[int], now: datetime) -> None:
    """Note on notifications that they were e-mailed; it is not worth failing for."""
    if not pks:
        return
    rows = Notification.objects.filter(among("pk", sorted(pks)), emailed_at=None).order_by()
    update = partial(rows.update, emailed_at=now)
    in_transaction = connections[router.db_for_write(Notification)].in_atomic_block
    try:
        # Somebody who changes the same rows in another order may be in the way.
        retried(
            update,
            f"Noting {len(pks)} notifications as e-mailed",
            tries=1 if in_transaction else TRIES,
            errors=(OperationalError,),
        )
    except DatabaseError:
        logger.exception("%d notifications were e-mailed, which could not be noted.", len(pks))
