"""The state of inboxes: what changed in each since a revision, or its first page.

The number of statements is the same for one inbox and for hundreds:

1. the inboxes are read. Whoever is up to date costs this one row;
2. what changed since, for those who are behind;
3. the first pages, for those who have nothing yet or cannot be told what changed.

The inboxes are read before the rows, so the rows are at least as new as `rev`. In the other order,
a change between the two reads would be skipped for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from realtime_notify.conf import settings
from realtime_notify.inbox import items
from realtime_notify.inbox.inboxes import inboxes_of, numbers_of
from realtime_notify.inbox.names import name_of
from realtime_notify.inbox.portions import Portions
from realtime_notify.inbox.reading import owner_of, whole_number
from realtime_notify.models import Inbox
from realtime_notify.wire.vocabulary import Frame


class Ask(NamedTuple):
    """What one client asks for.

    Attributes:
        user: the owner of the inbox, or their primary key.
        since: the rev that the client is at; None on a first visit.
        inbox: the `inbox` that came with that rev; None if the client keeps none.
        language: the language in which the client reads; "" for the active one.
    """

    user: Any
    since: int | None = None
    inbox: str | None = None
    language: str = ""


def states(asks: Sequence[Ask]) -> list[Frame]:
    """Return what changed in inboxes since a rev: the rows, as they are now.

    An answer is the first page, with ``reset``, when `since` is None (a first visit) or outside of
    what the inbox can tell; when more than `SYNC_LIMIT` rows changed, or more than an answer holds;
    and when `inbox` is not this inbox: it is somebody else's, or the database was restored.

    Inboxes that somebody else has locked are not waited for. If they lack a broadcast, they are
    told as they are.

    Args:
        asks: who asks, and what each of them has.

    Returns:
        The frames, in the order of the asks.

    Raises:
        InvalidRequest: a `since` is not a whole number from 0.
    """
    return _states(asks, wait=False)


def sync(user: object, since: int | None = None, inbox: str | None = None) -> Frame:
    """Return what changed in one inbox since a rev, as `states()` does for many.

    Args:
        user: the owner of the inbox, or their primary key.
        since: the rev that the client is at; None on a first visit.
        inbox: the `inbox` that came with that rev.

    Raises:
        InvalidRequest: `since` is not a whole number from 0.
    """
    (frame,) = _states([Ask(user, since, inbox)], wait=True)
    return frame


@dataclass(slots=True)
class _Answer:
    """An answer in the making.

    Attributes:
        inbox: the inbox that it is about.
        since: the rev that it starts from; None for a reset.
        language: the language in which the client reads; "" for the active one.
        frame: the frame so far.
    """

    inbox: Inbox
    since: int | None
    language: str
    frame: Frame

    @property
    def is_behind(self) -> bool:
        """Whether there are changes to be told."""
        return self.since is not None and self.since < self.inbox.rev


def _states(asks: Sequence[Ask], *, wait: bool) -> list[Frame]:
    owners = [owner_of(ask.user) for ask in asks]
    inboxes, epoch = inboxes_of(set(owners), wait=wait)
    answers = [_begin(ask, inboxes[owner], epoch) for ask, owner in zip(asks, owners, strict=True)]
    portions = Portions()
    _tell_changes([answer for answer in answers if answer.is_behind], portions)
    _tell_first_pages([answer for answer in answers if answer.since is None], portions)
    return [answer.frame for answer in answers]


def _begin(ask: Ask, inbox: Inbox, epoch: str) -> _Answer:
    name, since = name_of(inbox.pk, epoch), ask.since
    frame: Frame = {**numbers_of(inbox), "inbox": name, "seen": {"upto": inbox.seen}}
    is_known = since is not None and inbox.floor <= whole_number("since", since) <= inbox.rev
    if since is None or not is_known or ask.inbox not in (None, name):
        return _Answer(inbox, None, ask.language, frame)
    return _Answer(inbox, since, ask.language, {**frame, "from": since, "put": []})


def _tell_changes(answers: Sequence[_Answer], portions: Portions) -> None:
    """Tell what changed. Those to whom it cannot be told in one answer are left to a reset."""
    limit = settings.SYNC_LIMIT
    since = [(answer.inbox.pk, answer.since or 0) for answer in answers]
    found = portions.changed(since, limit + 1)
    portions.load(row for rows in found if len(rows) <= limit for row in rows)
    for answer, rows in zip(answers, found, strict=True):
        present = portions.present(rows) if len(rows) <= limit else []
        shared = partial(portions.shared, language=answer.language)
        put = items.fitting(present, shared, answer.inbox.seen)
        if len(rows) > limit or len(put) < len(present):
            answer.since = None
        else:
            answer.frame["put"] = put


def _tell_first_pages(answers: Sequence[_Answer], portions: Portions) -> None:
    size = settings.PAGE_SIZE
    found = portions.newest([answer.inbox.pk for answer in answers], size + 1)
    portions.load(row for rows in found for row in rows)
    for answer, rows in zip(answers, found, strict=True):
        shared = partial(portions.shared, language=answer.language)
        page = items.page(portions.present(rows), shared, size, answer.inbox.seen)
        answer.frame.pop("from", None)
        answer.frame |= {"reset": True, **page}
