"""The counters of all inboxes against their rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError

from realtime_notify.doctor.findings import Finding, error, warning, well
from realtime_notify.inbox.recounting import Drift, Recount, recount, suspects, without_inbox
from realtime_notify.models import Inbox, locks
from realtime_notify.models.transactions import retried
from realtime_notify.retention.windows import windows

PART = "counters"
WINDOW = 10_000
"""Inboxes that one statement compares with their rows."""
PORTION = 200
"""Inboxes that are locked together."""
PATIENCE = 5.0
"""Seconds for which an inbox that somebody else is changing is waited for."""
TRIES = 3
NAMED = 10
"""How many inboxes a finding names."""


@dataclass(slots=True)
class _Tally:
    """What was found so far; of a million wrong inboxes it keeps the first few."""

    looked_at: int = 0
    wrong: int = 0
    first: list[Drift] = field(default_factory=list)
    busy: list[Any] = field(default_factory=list)

    def add(self, drifts: list[Drift]) -> None:
        self.wrong += len(drifts)
        self.first += drifts[: NAMED - len(self.first)]


def examine(*, repair: bool = False) -> Iterator[Finding]:
    """Compare the counters of every inbox with its rows.

    Whatever seems to be wrong is looked at again under the lock of the inbox, so that traffic
    meanwhile gives no false alarm.

    Args:
        repair: whether to mend what is wrong, through a revision that open browsers follow.
    """
    tally = _Tally()
    for window in windows(Inbox, WINDOW):
        tally.looked_at += len(window)
        users = suspects(window[0], window[-1])
        for start in range(0, len(users), PORTION):
            _examine(users[start : start + PORTION], repair, tally)
    yield _found(tally, repair)
    if tally.busy:
        yield warning(
            PART,
            f"{_inboxes(len(tally.busy))} could not be looked at: somebody else held their locks "
            f"for {PATIENCE:g} s.",
            "Run it again; if they stay locked, look for a transaction that does not end.",
            users=_named(tally.busy),
        )
    if missing := list(_missing(repair)):
        yield _found_missing(missing, repair)


def _examine(users: list[Any], repair: bool, tally: _Tally) -> None:
    """Look at suspects under their locks, at those that are busy one by one, and with patience."""
    found = _recount(users, repair, wait=False)
    tally.add(found.drifts)
    for user in sorted(found.busy):
        try:
            with locks.patience(PATIENCE):
                tally.add(_recount([user], repair, wait=True).drifts)
        except OperationalError as failure:
            if not locks.is_busy(failure):
                raise
            tally.busy.append(user)


def _recount(users: Collection[Any], repair: bool, *, wait: bool) -> Recount:
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


def _found(tally: _Tally, repair: bool) -> Finding:
    if not tally.wrong:
        return well(PART, f"The counters of {_inboxes(tally.looked_at)} are those of their rows.")
    first = tally.first[0]
    says = (
        f"{tally.wrong:,} of {_inboxes(tally.looked_at)} had wrong numbers; that of user "
        f"{first.user} says {first.unread} unread and {first.unseen} unseen at revision "
        f"{first.rev}, and its rows are {first.rows_unread} and {first.rows_unseen}, up to "
        f"revision {first.rows_rev}."
    )
    if first.ahead:
        says += f" What it has in {', '.join(first.ahead)} is beyond what there is."
    if first.doubled:
        says += f" {first.doubled} of its notifications have the sequence number of another one."
    values = {
        "inboxes": tally.looked_at,
        "wrong": tally.wrong,
        "first": [{**drift._asdict(), "user": str(drift.user)} for drift in tally.first],
    }
    if repair:
        return warning(PART, f"{says} They were mended.", _CAUSE, repaired=True, **values)
    return error(PART, says, f"Run it with --repair. {_CAUSE}", repaired=False, **values)


def _found_missing(users: list[Any], repair: bool) -> Finding:
    many = f"{len(users):,} or more" if len(users) == PORTION else f"{len(users):,}"
    says = f"{many} people had notifications and no inbox, such as user {users[0]}."
    values = {"people": len(users), "users": _named(users), "repaired": repair}
    if repair:
        return warning(PART, f"{says} They have one now.", _CAUSE, **values)
    return error(PART, says, f"Run it with --repair. {_CAUSE}", **values)


_CAUSE = (
    "Find what wrote rows of notifications by itself, by SQL or update(): the functions of "
    "realtime_notify.inbox keep the counters."
)


def _inboxes(count: int) -> str:
    return f"{count:,} inbox{'' if count == 1 else 'es'}"


def _named(users: Collection[Any]) -> list[str]:
    return sorted(map(str, users))[:NAMED]
