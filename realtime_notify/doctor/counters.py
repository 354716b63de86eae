"""The counters of all inboxes against their rows."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from typing import Any

from django.db import OperationalError

from realtime_notify.doctor.findings import Finding, error, warning, well
from realtime_notify.inbox.recounting import Drift, recount, suspects, without_inbox
from realtime_notify.models import Inbox, locks
from realtime_notify.models.transactions import retried
from realtime_notify.retention.windows import windows

logger = logging.getLogger(__name__)

WINDOW = 10_000
"""Inboxes that one statement compares with their rows."""
PORTION = 200
"""Inboxes that are locked together."""
PATIENCE = 5.0
"""Seconds for which an inbox that somebody else is changing is waited for."""
TRIES = 3
NAMED = 10
"""How many inboxes a finding names."""


def examine(*, repair: bool = False) -> Iterator[Finding]:
    """Compare the counters of every inbox with its rows.

    Whatever seems to be wrong is looked at again under the lock of the inbox, so that traffic
    meanwhile gives no false alarm.

    Args:
        repair: whether to mend what is wrong, through a revision that open browsers follow.
    """
    looked_at, drifts, busy = 0, list[Drift](), set[Any]()
    for window in windows(Inbox, WINDOW):
        looked_at += len(window)
        _examine(suspects(window[0], window[-1]), repair, drifts, busy)
    yield _found(looked_at, drifts, repair)
    if busy:
        yield warning(
            "counters",
            f"{_inboxes(len(busy))} could not be looked at: somebody else held their locks for "
            f"{PATIENCE:g} s.",
            "Run it again; if they stay locked, look for a transaction that does not end.",
            users=_named(busy),
        )
    if missing := list(_missing(repair)):
        yield _found_missing(missing, repair)


def _examine(users: list[Any], repair: bool, drifts: list[Drift], busy: set[Any]) -> None:
    """Look at suspects under their locks, and add to what was found."""
    for start in range(0, len(users), PORTION):
        found = _recount(users[start : start + PORTION], repair, wait=False)
        drifts += found.drifts
        for user in sorted(found.busy):
            try:
                with locks.patience(PATIENCE):
                    drifts += _recount([user], repair, wait=True).drifts
            except OperationalError as failure:
                if not locks.is_busy(failure):
                    raise
                busy.add(user)


def _recount(users: Collection[Any], repair: bool, *, wait: bool) -> Any:
    return retried(
        lambda: recount(users, mend=repair, wait=wait),
        f"The recount of {len(users)} inboxes",
        tries=1 if wait else TRIES,
        errors=(OperationalError,),
    )


def _missing(repair: bool) -> Iterator[Any]:
    """Yield people whose notifications are in no inbox; without repair, the first of them."""
    while users := without_inbox(PORTION):
        yield from users
        if not repair:
            return
        _recount(users, repair, wait=False)


def _found(looked_at: int, drifts: list[Drift], repair: bool) -> Finding:
    if not drifts:
        return well("counters", f"The counters of {_inboxes(looked_at)} are those of their rows.")
    first = drifts[0]
    says = (
        f"{len(drifts):,} of {_inboxes(looked_at)} had wrong numbers; that of user {first.user} "
        f"says {first.unread} unread and {first.unseen} unseen, and its rows are "
        f"{first.rows_unread} and {first.rows_unseen}."
    )
    values = {
        "inboxes": looked_at,
        "wrong": len(drifts),
        "first": [{**drift._asdict(), "user": str(drift.user)} for drift in drifts[:NAMED]],
    }
    if repair:
        return warning("counters", f"{says} They were mended.", _CAUSE, repaired=True, **values)
    return error("counters", says, f"Run it with --repair. {_CAUSE}", repaired=False, **values)


def _found_missing(users: list[Any], repair: bool) -> Finding:
    more = "" if repair else "at least "
    says = f"{more}{len(users):,} people had notifications and no inbox, such as user {users[0]}."
    says = says[:1].upper() + says[1:]
    values = {"people": len(users), "users": _named(users), "repaired": repair}
    if repair:
        return warning("counters", f"{says} They have one now.", _CAUSE, **values)
    return error("counters", says, f"Run it with --repair. {_CAUSE}", **values)


_CAUSE = (
    "Find what wrote rows of notifications by itself, by SQL or update(): the functions of "
    "realtime_notify.inbox keep the counters."
)


def _inboxes(count: int) -> str:
    return f"{count:,} inbox{'' if count == 1 else 'es'}"


def _named(users: Collection[Any]) -> list[str]:
    return sorted(map(str, users))[:NAMED]
