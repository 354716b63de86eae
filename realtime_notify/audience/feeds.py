"""Feeds: what concerns whom by a medium, read from the events themselves.

A newsfeed, a page of a group, a digest: whatever shows events without an inbox. What was seen is
noted for each medium, and for each person by itself: what Alice saw is still new to Bob.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

from django.contrib.auth import get_user_model
from django.db.models import Model

from realtime_notify.audience import recipients, relevance
from realtime_notify.exceptions import InvalidRecipient
from realtime_notify.models import Event, EventSeen, Medium
from realtime_notify.models.events import EventQuerySet
from realtime_notify.models.media import person_key

AT_ONCE = 100
"""Events read in one go while all of them are walked."""

RecipientKind = Literal["users", "email_addresses"]
Recipient = Any
"""A user, or an e-mail address as a text."""


class Only(TypedDict, total=False):
    """What a feed may be asked for.

    Attributes:
        start_time: what happened at this moment or later.
        end_time: what happened at this moment or earlier.
        seen: True for what was seen, False for what was not; None for both.
        include_expired: what has expired as well.
        actor: what this user, or other object, brought about, alone or with others.
        mark_seen: note that what is returned was seen.
    """

    start_time: datetime | None
    end_time: datetime | None
    seen: bool | None
    include_expired: bool
    actor: Model | None
    mark_seen: bool


def events(medium: Medium, **only: Unpack[Only]) -> EventQuerySet:
    """Return the events that are for anybody by a medium, each once, newest first.

    Args:
        medium: the medium. Whether something was seen means: by the medium as a whole.
        only: see `Only`.

    Returns:
        A queryset. With `mark_seen` the events are found at once, and it holds just those.
    """
    found = _only(relevance.events_by(medium.pk), medium, None, only)
    return _marked(found, medium, None) if only.get("mark_seen") else found


def events_for(medium: Medium, subscriber: Model | str, **only: Unpack[Only]) -> EventQuerySet:
    """Return the events that are for somebody by a medium, each once, newest first.

    Args:
        medium: the medium.
        subscriber: a saved user or an e-mail address. Whether something was seen means: by them.
        only: see `Only`.

    Returns:
        A queryset. With `mark_seen` the events are found at once, and it holds just those.

    Raises:
        InvalidRecipient: the subscriber is neither.
    """
    if isinstance(subscriber, str):
        concerning = relevance.events_for_email(person_key(subscriber), medium.pk)
    elif isinstance(subscriber, get_user_model()) and subscriber.pk is not None:
        concerning = relevance.events_for(subscriber.pk, medium.pk)
    else:
        raise InvalidRecipient(
            f"{subscriber!r} is not a saved user or an e-mail address. A group has no feed; its "
            "members have."
        )
    found = _only(concerning, medium, subscriber, only)
    return _marked(found, medium, subscriber) if only.get("mark_seen") else found


def events_with_recipients(
    medium: Medium, kind: RecipientKind | None = None, **only: Unpack[Only]
) -> Iterator[tuple[Event, list[Recipient]]]:
    """Yield the events that are for anybody by a medium, each with everybody it is for, once.

    Events that are for nobody are left out. They are read in portions, so the table may be large.

    Args:
        medium: the medium.
        kind: "users" or "email_addresses", for these recipients only.
        only: see `Only`. What the medium as a whole has seen is seen; of other events, those are
            left out who have seen them for themselves. With `mark_seen` each event is noted right
            before it is yielded, for its recipients, and without `kind` for the medium as well:
            what is not asked for any more is not noted.
    """
    found = _only(relevance.events_by(medium.pk), medium, None, only)
    for event in _walk(found):
        recipients = _recipients(event, medium, kind)
        if recipients and only.get("seen") is False:
            seen = set(
                EventSeen.objects.filter(event=event, medium=medium).values_list(
                    "person", flat=True
                )
            )
            recipients = [one for one in recipients if person_key(one) not in seen]
        if not recipients:
            continue
        if only.get("mark_seen"):
            people = [person_key(one) for one in recipients]
            as_a_whole = [] if kind else [person_key(None)]
            EventSeen.objects.mark(medium.pk, ((event.pk, who) for who in [*as_a_whole, *people]))
        yield event, recipients


def mark_seen(medium: Medium, events: Iterable[Event], person: Model | str | None = None) -> None:
    """Note that events were seen by way of a medium. Doing so again changes nothing.

    Args:
        medium: the medium.
        events: a queryset, a page of one, or any events.
        person: the user or e-mail address that saw them; None for the medium as a whole.
    """
    if isinstance(events, EventQuerySet):
        events.mark_seen(medium, person)
    else:
        who = person_key(person)
        EventSeen.objects.mark(medium.pk, ((event.pk, who) for event in events))


def _only(found: Any, medium: Medium, person: Model | str | None, only: Only) -> EventQuerySet:
    events: EventQuerySet = found.arrived()
    events = events.between(only.get("start_time"), only.get("end_time"))
    if not only.get("include_expired"):
        events = events.unexpired()
    if (actor := only.get("actor")) is not None:
        events = events.by_actor(actor)
    match only.get("seen"):
        case True:
            events = events.seen_by(medium, person)
        case False:
            events = events.unseen_by(medium, person)
    return events


def _marked(found: EventQuerySet, medium: Medium, person: Model | str | None) -> EventQuerySet:
    """Note what was found, and return that and nothing else, whatever happens meanwhile."""
    pks = list(found.values_list("pk", flat=True))
    who = person_key(person)
    EventSeen.objects.mark(medium.pk, ((pk, who) for pk in pks))
    return Event.objects.filter(pk__in=pks)


def _walk(found: EventQuerySet) -> Iterator[Event]:
    """Yield events newest first, portion by portion, by key: marking them moves no portion."""
    before: int | None = None
    while portion := list(
        (found if before is None else found.filter(pk__lt=before)).order_by("-pk")[:AT_ONCE]
    ):
        yield from portion
        before = portion[-1].pk


def _recipients(event: Event, medium: Medium, kind: RecipientKind | None) -> list[Recipient]:
    found: list[Recipient] = []
    if kind != "email_addresses":
        found += recipients.members(event, medium.pk).order_by("pk")
    if kind != "users":
        found += recipients.email_addresses(event, medium.pk)
    return found
