"""One revision of one inbox: the numbers `rev`, `unread`, `unseen`, `seen` and `floor`, and rows.

Every change of an inbox is its next *revision*: one transaction locks the inbox by adding 1 to
`rev`, changes notifications, stamps the new `rev` on them and keeps the counters. The lock makes
`rev` gap-free in commit order.

`revision_of()` changes one inbox, on behalf of its owner. `realtime_notify.inbox.numbers` changes
many by a few statements, and `news` by one. Nothing else writes the numbers of an inbox.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

from django.db import router, transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from realtime_notify.conf import settings
from realtime_notify.inbox import broadcasts, items
from realtime_notify.inbox.inboxes import inbox_of, numbers_of
from realtime_notify.inbox.items import SharedFields
from realtime_notify.inbox.transitions import Transition
from realtime_notify.models import BroadcastCounter, Inbox, Notification, locks
from realtime_notify.models.querysets import NotificationQuerySet
from realtime_notify.wire import push
from realtime_notify.wire.vocabulary import Change, Frame, Selection

MAX_ITEMS_PUSHED = 20
"""Rows that come back into the list are pushed whole up to this many; browsers ask for more."""


class Revision:
    """The next revision of one inbox, whose row is locked. Made by `revision_of()`.

    Attributes:
        inbox: the inbox at the new `rev`. It is saved at the end of the ``with`` block.
        frame: after the block, what changed, as protocol ``rn.1`` says it.

    A revision is one change: a second one in the same block raises `RuntimeError`.
    """

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.frame: Frame
        self._change: Change | None = None
        self._pushed: Change = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing has changed, so that the revision will not happen."""
        return self._change is None

    def change(
        self,
        transition: Transition,
        *,
        ids: Iterable[int] | None = None,
        upto: int | None = None,
        moment: datetime | None = None,
    ) -> int:
        """Move notifications of the inbox into a new state.

        Args:
            transition: the change.
            ids: these notifications; those of other inboxes are passed over.
            upto: instead of `ids`, all that had arrived when the inbox was at this `rev`.
            moment: the timestamp to set; now, when None.

        Returns:
            How many notifications changed.
        """
        rows = Notification.objects.filter(transition.concerned(), user=self.inbox.pk)
        selection: Selection
        if upto is not None:
            selection = {"upto": min(upto, self.inbox.rev - 1)}
            rows = rows.filter(seq__lte=selection["upto"])
        else:
            selection = {"ids": sorted(rows.filter(pk__in=ids or ()).values_list("pk", flat=True))}
            rows = Notification.objects.filter(pk__in=selection["ids"])
        changed = self._count(transition, rows)
        if changed:
            self._update(transition, rows, moment)
            if transition.brings_back:
                self._note(*self._rows_back(changed))
            else:
                self._note(cast("Change", {transition.name: selection}))
        return changed

    def mark_seen(self, upto: int) -> None:
        """Move the seen mark up to what had arrived at rev `upto`; it never moves down."""
        mark = min(upto, self.inbox.rev - 1)
        if mark <= self.inbox.seen:
            return
        unread = Notification.objects.unread().filter(user=self.inbox.pk)
        self.inbox.seen = mark
        self.inbox.unseen = unread.filter(seq__gt=mark).count()
        self._note({"seen": {"upto": mark}})

    def close(self) -> None:
        """Save the inbox, and push the change after the commit; called by `revision_of()`."""
        self.inbox.save(update_fields=["unread", "unseen", "seen", "floor"])
        change: Change = self._change or {}
        numbers = numbers_of(self.inbox)
        self.frame = {**numbers, **change}
        frame: Frame = {**numbers, **self._pushed}
        user_id = str(self.inbox.pk)
        transaction.on_commit(lambda: push.change(user_id, frame), using=router.db_for_write(Inbox))

    def _note(self, change: Change, pushed: Change | None = None) -> None:
        """Keep the change for the frame, and what is pushed if that says less."""
        if self._change is not None:
            raise RuntimeError(
                f"Revision {self.inbox.rev} of inbox {self.inbox.pk} changes twice: {self._change} "
                f"and {change}. Browsers would get one of them only; use a revision for each."
            )
        self._change = change
        self._pushed = change if pushed is None else pushed

    def _count(self, transition: Transition, rows: NotificationQuerySet) -> int:
        """Keep the counters for rows that are about to change, and return how many they are."""
        counted = transition.leaves or transition.enters or Q()
        found = rows.aggregate(
            rows=Count("pk"),
            unread=Count("pk", filter=counted),
            unseen=Count("pk", filter=counted & Q(seq__gt=self.inbox.seen)),
        )
        sign = -1 if transition.leaves else 1
        self.inbox.unread += sign * found["unread"]
        self.inbox.unseen += sign * found["unseen"]
        return int(found["rows"])

    def _update(
        self, transition: Transition, rows: NotificationQuerySet, moment: datetime | None
    ) -> None:
        if transition.erases and not settings.SOFT_DELETE:
            rows.erase()
            self.inbox.floor = self.inbox.rev  # no row is left to say that it is gone
        elif transition.sets:
            rows.update(rev=self.inbox.rev, **{transition.sets: moment or timezone.now()})
        else:
            rows.update(rev=self.inbox.rev, **{transition.clears: None})

    def _rows_back(self, changed: int) -> tuple[Change, Change]:
        """Return the rows of this revision, which browsers may lack: to answer, and to push.

        Of more than a push holds, say only that they changed, so that browsers ask. A push says no
        more of texts that each browser shows in its own language.
        """
        ask: Change = {"from": self.inbox.rev}
        if changed > MAX_ITEMS_PUSHED:
            return ask, ask
        found = Notification.objects.filter(user=self.inbox.pk, rev=self.inbox.rev).order_by("seq")
        rows = list(found.with_event())
        put = items.fitting(rows, lambda row: SharedFields(row.event), self.inbox.seen)
        if len(put) != changed:
            return ask, ask
        return {"put": put}, ask if any(row.event.texts for row in rows) else {"put": put}


@contextmanager
def revision_of(user_id: Any) -> Iterator[Revision]:
    """Change one inbox: lock it, run the block as its next revision, and push what changed.

    A block that changes nothing leaves `rev` as it was, and nothing is pushed. The frame then
    starts and ends at the present `rev`, so it moves no browser.

    Args:
        user_id: the primary key of the owner.
    """
    database = router.db_for_write(Inbox)
    with locks.transaction(database):
        revision = Revision(_lock(user_id))
        yield revision
        if revision.is_empty:
            transaction.set_rollback(True, using=database)
        else:
            revision.close()
    if revision.is_empty:
        numbers = numbers_of(inbox_of(user_id))
        revision.frame = {**numbers, "from": numbers["rev"]}


def _lock(user_id: Any) -> Inbox:
    """Lock an inbox by adding 1 to its `rev`, and return it.

    Writing first is the lock on every database, SQLite too, where a transaction that began by
    reading may not write after another has written.
    """
    newest = BroadcastCounter.objects.newest_number()
    inboxes = Inbox.objects.filter(pk=user_id)
    if not inboxes.filter(caught_up__gte=newest).update(rev=F("rev") + 1):
        # Nothing is locked yet. What the inbox lacks comes first, as revisions of its own.
        broadcasts.try_to_take_in([user_id])
        inboxes.update(rev=F("rev") + 1)
    return inboxes.first() or Inbox(pk=user_id, rev=1)
