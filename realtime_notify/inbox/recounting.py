"""Recounting: the numbers of inboxes against the rows that they count.

Every change of an inbox keeps its numbers, under its lock. They are wrong only after rows were
written by something else: SQL, `QuerySet.update()`, a table restored by itself. `suspects()` finds
such inboxes by a few statements for thousands, and `recount()` looks again under their locks, where
nothing is half done, and mends them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, cast

from django.db import transaction
from django.db.models import Count, Exists, F, FilteredRelation, Max, OuterRef, Q, QuerySet

from realtime_notify.conf import settings
from realtime_notify.inbox import numbers
from realtime_notify.inbox.numbers import Numbers
from realtime_notify.models import BroadcastCounter, Inbox, Notification
from realtime_notify.models.arrays import among, update_rows
from realtime_notify.models.primary import all_users
from realtime_notify.models.querysets import UNREAD
from realtime_notify.models.transactions import writing
from realtime_notify.wire import push
from realtime_notify.wire.vocabulary import Frame

_ROWS = "user__notify_notifications"


class Drift(NamedTuple):
    """An inbox whose numbers are not those of its rows.

    Attributes:
        user: the primary key of the owner.
        unread: what the inbox says.
        unseen: what the inbox says.
        rev: what the inbox says.
        rows_unread: how many rows are unread.
        rows_unseen: how many of these are newer than the seen mark.
        rows_rev: the newest revision of its rows; the inbox may be ahead of it, never behind.
        ahead: the marks that are beyond what they mark: `seen` and `floor` beyond the revision,
            `caught_up` beyond the newest broadcast.
        doubled: how many rows have the sequence number of another one. Pages, whose cursors are
            sequence numbers, would leave them out.
    """

    user: Any
    unread: int
    unseen: int
    rev: int
    rows_unread: int
    rows_unseen: int
    rows_rev: int
    ahead: tuple[str, ...] = ()
    doubled: int = 0


class Recount(NamedTuple):
    """What was found under the locks.

    Attributes:
        drifts: the inboxes that are wrong; after mending, as they were.
        busy: the owners it passed over, because somebody else was changing their inbox.
    """

    drifts: list[Drift]
    busy: set[Any]


def suspects(first: Any, last: Any) -> list[Any]:
    """Return the owners whose inboxes seem to be wrong, without a lock.

    Each statement sees counters and rows at one moment, so on a database that is set up as
    docs/operations.md says there are no others than those that are wrong.

    Args:
        first: the lowest primary key of an inbox to look at.
        last: the highest.
    """
    rows = FilteredRelation(_ROWS, condition=_of_rows(UNREAD))
    newer = Q(rn_rows__seq__gt=F("seen"))
    inboxes = Inbox.objects.filter(pk__gte=first, pk__lte=last).annotate(rn_rows=rows)
    counted = inboxes.values("pk", "unread", "unseen").annotate(
        rn_unread=Count("rn_rows__pk"), rn_unseen=Count("rn_rows__pk", filter=newer)
    )
    wrong = counted.exclude(rn_unread=F("unread"), rn_unseen=F("unseen"))
    ahead = Notification.objects.filter(user=OuterRef("pk"), rev__gt=OuterRef("rev"))
    beyond = (
        Q(seen__gt=F("rev"))
        | Q(floor__gt=F("rev"))
        | Q(caught_up__gt=BroadcastCounter.objects.newest_number())
    )
    marked = Inbox.objects.filter(Exists(ahead) | beyond, pk__gte=first, pk__lte=last)
    held = Notification.objects.filter(user__gte=first, user__lte=last)
    found = {
        *wrong.values_list("pk", flat=True),
        *marked.values_list("pk", flat=True),
        *_doubled(held).values_list("user", flat=True),
    }
    return sorted(found)


def without_inbox(most: int) -> list[Any]:
    """Return people who have notifications and no inbox, which is where they are counted.

    Args:
        most: how many of them.
    """
    inbox = Inbox.objects.filter(pk=OuterRef("pk"))
    held = Notification.objects.filter(user=OuterRef("pk"))
    people = all_users().filter(~Exists(inbox), Exists(held)).order_by("pk")
    return list(people.values_list("pk", flat=True)[:most])


def recount(users: Collection[Any], *, mend: bool, wait: bool = False) -> Recount:
    """Count the rows of inboxes under their locks, in one transaction, and mend what is wrong.

    A mended inbox is at its next revision, and its floor rises to it: nobody knows what else has
    changed in the rows, so browsers load the inbox anew, the open ones at once. Nothing is written
    to an inbox that is right.

    Args:
        users: the owners; a few hundred at most, since their inboxes are locked together.
        mend: whether to mend them. Without it those who have no inbox are passed over.
        wait: whether to wait for what somebody else has locked, instead of passing it over.
    """
    with writing(Inbox) as database:
        if mend:
            numbers.ensure_inboxes(users)
        inboxes = numbers.lock(users, wait=wait)
        drifts = [drift for drift in _drifts(inboxes) if _is_wrong(drift)]
        if mend:
            mended = _mend(inboxes, drifts)
            transaction.on_commit(partial(_push, mended), using=database)
    return Recount(drifts, set(users) - inboxes.keys())


def _drifts(inboxes: Mapping[Any, Numbers]) -> Iterator[Drift]:
    """Yield what inboxes that are locked say, and what their rows are."""
    newest = BroadcastCounter.objects.newest()
    counted = _count(inboxes)
    rows = Notification.objects.filter(among("user", inboxes))
    doubled: Counter[Any] = Counter()
    for user, _, count in _doubled(rows):
        doubled[user] += count - 1
    for user, inbox in inboxes.items():
        ends = {"seen": inbox.rev, "floor": inbox.rev, "caught_up": newest}
        ahead = tuple(mark for mark, end in ends.items() if getattr(inbox, mark) > end)
        told = (inbox.unread, inbox.unseen, inbox.rev)
        yield Drift(user, *told, *counted[user], ahead, doubled[user])


def _doubled(rows: QuerySet[Notification]) -> Any:
    """Return user, sequence number and count where several rows of an inbox have the same."""
    counts = rows.order_by().values_list("user", "seq").annotate(rn_rows=Count("pk"))
    return counts.filter(rn_rows__gt=1)


def _of_rows(condition: Q) -> Q:
    """Return a condition of notifications as one of the rows of an inbox."""
    parts = cast("list[tuple[str, Any]]", condition.children)
    return Q(*((f"{_ROWS}__{name}", value) for name, value in parts))


def _count(inboxes: Mapping[Any, Numbers]) -> dict[Any, tuple[int, int, int]]:
    """Count the rows of inboxes that are locked: unread, unseen, and their newest revision."""
    rows = Notification.objects.filter(among("user", inboxes)).order_by()
    newer = Q(seq__gt=F("user__notify_inbox__seen"))
    counts = rows.values_list("user").annotate(
        rn_unread=Count("pk", filter=UNREAD),
        rn_unseen=Count("pk", filter=UNREAD & newer),
        rn_rev=Max("rev"),
    )
    return dict.fromkeys(inboxes, (0, 0, 0)) | {user: tuple(found) for user, *found in counts}


def _is_wrong(drift: Drift) -> bool:
    return (
        (drift.unread, drift.unseen) != (drift.rows_unread, drift.rows_unseen)
        or drift.rev < drift.rows_rev
        or bool(drift.ahead)
        or drift.doubled > 0
    )


def _mend(inboxes: Mapping[Any, Numbers], drifts: Collection[Drift]) -> dict[Any, Numbers]:
    """Give wrong inboxes that are locked their next revision, with the numbers of their rows."""
    newest = BroadcastCounter.objects.newest()
    mended = {}
    for drift in drifts:
        inbox = inboxes[drift.user]
        rev = max(inbox.rev, drift.rows_rev)
        seen, caught_up = min(inbox.seen, rev), min(inbox.caught_up, newest)
        mended[drift.user] = replace(inbox, rev=rev, seen=seen, caught_up=caught_up)
    _separate(mended, [drift.user for drift in drifts if drift.doubled])
    numbers.save(mended, "rev", "seen")  # which tell how many of the rows are unseen
    counted = _count(mended)
    for user, inbox in mended.items():
        inbox.rev += 1
        inbox.floor = inbox.rev
        inbox.unread, inbox.unseen, _ = counted[user]
    numbers.save(mended, "rev", "unread", "unseen", "floor", "caught_up")
    return mended


def _separate(inboxes: Mapping[Any, Numbers], users: Collection[Any]) -> None:
    """Let rows whose sequence number another one has arrive again, each as a revision."""
    rows = Notification.objects.filter(among("user", users)).order_by("seq", "pk")
    taken: set[tuple[Any, int]] = set()
    places: dict[int, int] = {}
    for pk, user, seq in rows.values_list("pk", "user_id", "seq") if users else ():
        if (user, seq) in taken:
            inboxes[user].rev += 1
            places[pk] = inboxes[user].rev
        taken.add((user, seq))
    if places:
        new = list(places.values())
        update_rows(Notification, {"id": list(places), "seq": new, "rev": new})


def _push(mended: Mapping[Any, Numbers]) -> None:
    """Tell a few browsers to ask. Many follow by the heal query, as when an event expires."""
    if len(mended) > settings.SMALL_AUDIENCE:
        return
    for user, inbox in mended.items():
        frame: Frame = {"rev": inbox.rev, "unread": inbox.unread, "unseen": inbox.unseen}
        push.change(str(user), {**frame, "from": inbox.rev})
