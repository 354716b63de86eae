"""Feeds: events by medium and recipient, read from the events themselves.

A feed shows events without an inbox: a newsfeed, the page of a group, a digest. Which events were
seen is stored per medium and per person: what Alice has seen is still new to Bob.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

from django.contrib.auth import get_user_model
from django.db.models import Model

from realtime_notify.audience import anybody, recipients, relevance
from realtime_notify.exceptions import InvalidRecipient
from realtime_notify.models import Event, EventSeen, Medium
from realtime_notify.models.arrays import among
from realtime_notify.models.events import EventQuerySet
from realtime_notify.models.media import person_key
from realtime_notify.models.objects import user_pk

PORTION = 100
"""How many events one query reads while a feed is iterated."""

RecipientKind = Literal["users", "email_addresses"]
Recipient = Any
"""A user, or an e-mail address."""


class Only(TypedDict, total=False):
    """Restrictions of a feed; all of them are optional.

    Attributes:
        start_time: only events that happened at this moment or later.
        end_time: only events that happened at this moment or earlier.
        seen: True for events that were seen, False for those that were not; None for both.
        include_expired: whether to include events that have expired.
        actor: only events with this actor, alone or with others.
        mark_seen: whether to mark the returned events as seen.
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
        medium: the medium. "Seen" means seen by the medium as a whole.
        only: see `Only`.

    Returns:
        A queryset. With `mark_seen` it is evaluated by this call and contains just those events.
    """
    found = _only(anybody.events_by(medium.pk), medium, None, only).to_show()
    return _marked(found, medium, None) if only.get("mark_seen") else found


def events_for(medium: Medium, subscriber: Model | str, **only: Unpack[Only]) -> EventQuerySet:
    """Return the events that are for a subscriber by a medium, each once, newest first.

    Args:
        medium: the medium.
        subscriber: a saved user or an e-mail address. "Seen" means seen by this subscriber.
        only: see `Only`.

    Returns:
        A queryset. With `mark_seen` it is evaluated by this call and contains just those events.

    Raises:
        InvalidRecipient: the subscriber is neither a saved user nor an e-mail address.
    """
    if isinstance(subscriber, str):
        concerning = relevance.events_for_email(person_key(subscriber), medium.pk)
    elif isinstance(subscriber, get_user_model()) and subscriber.pk is not None:
        concerning = relevance.events_for(user_pk(subscriber), medium.pk)
    else:
        raise InvalidRecipient(
            f"{subscriber!r} is not a saved user or an e-mail address. A group has no feed; pass "
            "one of its members."
        )
    found = _only(concerning, medium, subscriber, only).to_show()
    return _marked(found, medium, subscriber) if only.get("mark_seen") else found


def events_with_recipients(
    medium: Medium, kind: RecipientKind | None = None, **only: Unpack[Only]
) -> Iterator[tuple[Event, list[Recipient]]]:
    """Yield each event that is for anybody by a medium, with all of its recipients.

    Events without recipients are skipped. Events are read in portions, so the table may be large.

    Args:
        medium: the medium.
        kind: "users" or "email_addresses" to yield only such recipients; None for both.
        only: see `Only`. With `seen=False`, events seen by the medium as a whole are skipped, and
            recipients who have seen an event are left out of it. With `mark_seen`, each event is
            marked right before it is yielded: for its recipients and, without `kind`, for the
            medium as a whole. Events that are never reached by the iteration stay unmarked.
    """
    found = _only(anybody.events_by(medium.pk), medium, None, only)
    for event in _walk(found):
        recipients = _recipients(event, medium, kind)
        if recipients and only.get("seen") is False:
            seen = set(
                EventSeen.objects.filter(event=event, medium=medium).values_list(
                    "person", flat=True
                )
            )
            recipients = [person for person in recipients if person_key(person) not in seen]
        if not recipients:
            continue
        if only.get("mark_seen"):
            people = [person_key(person) for person in recipients]
            as_a_whole = [] if kind else [person_key(None)]
            EventSeen.objects.mark(medium.pk, ((event.pk, who) for who in [*as_a_whole, *people]))
        yield event, recipients


def mark_seen(medium: Medium, events: Iterable[Event], person: Model | str | None = None) -> None:
    """Mark events as seen by way of a medium; events that are marked already stay as they are.

    Args:
        medium: the medium.
        events: a queryset of events, or any iterable of them.
        person: the user or e-mail address that saw them; None for the medium as a whole.
    """
    if isinstance(events, EventQuerySet):
        events.mark_seen(medium, person)
    else:
        who = person_key(person)
        EventSeen.objects.mark(medium.pk, ((event.pk, who) for event in events))


def _only(found: Any, medium: Medium, person: Model | str | None, only: Only) -> EventQuerySet:
    events: EventQuerySet = found.arrived().not_withdrawn()
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
    """Mark the events as seen and return just these, even if more are added meanwhile."""
    pks = list(found.values_list("pk", flat=True))
    who = person_key(person)
    EventSeen.objects.mark(medium.pk, ((pk, who) for pk in pks))
    return Event.objects.filter(among("pk", pks)).to_show()


def _walk(found: EventQuerySet) -> Iterator[Event]:
    """Yield events, newest first, in portions cut by key, which marking does not shift."""
    before: int | None = None
    while portion := list(
        (found if before is None else found.filter(pk__lt=before)).order_by("-pk")[:PORTION]
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
