"""Everything that the tables hold about one person, to be handed over to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json import dumps
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Q, QuerySet

from realtime_notify.audience.sql import JSONListContains, user_pk_expression
from realtime_notify.inbox.items import event_fields
from realtime_notify.inbox.reading import owner_of
from realtime_notify.models import (
    DeliveryProfile,
    Dispatch,
    Event,
    EventActor,
    EventSeen,
    Inbox,
    Notification,
    OptOut,
    PushSubscription,
    Subscription,
    SubscriptionRequest,
)
from realtime_notify.models.media import person_key
from realtime_notify.retention.windows import windows

PORTION = 1000
ROLES = ("actor", "action_object", "target")
LISTS = ("to", "only", "exclude")
STATE = ("read_at", "archived_at", "deleted_at", "snoozed_until", "emailed_at")

Section = Iterator[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Person:
    """A person, as the tables refer to them.

    Attributes:
        pk: the primary key of the user.
        email: an address whose subscriptions belong to them as well, in lower case; "" for none.
    """

    pk: Any
    email: str = ""

    @classmethod
    def of(cls, user: Any, email: str = "") -> Person:
        """Return a person by a user, or a user's primary key, and perhaps an e-mail address.

        Raises:
            InvalidRequest: it is neither. A user object that was deleted has lost its key.
        """
        return cls(owner_of(user), person_key(email))

    def subscriptions(self) -> QuerySet[Subscription]:
        """Return their subscriptions, not those of their groups."""
        mine = Q(user=self.pk) | Q(email=self.email) if self.email else Q(user=self.pk)
        return Subscription.objects.filter(mine).order_by("pk")

    def requests(self) -> QuerySet[SubscriptionRequest]:
        """Return what was asked for by their address and not confirmed yet."""
        return SubscriptionRequest.objects.filter(address=self.email).exclude(address="")

    def dispatches(self) -> QuerySet[Dispatch]:
        """Return what was sent to them, and what is to be, by any medium but the inbox."""
        mine = Q(user=self.pk)
        if self.email:
            mine |= Q(recipient=f"email:{self.email}")
        return Dispatch.objects.filter(mine).order_by("pk")

    def seen_marks(self) -> Q:
        """Q: the marks of what they have seen."""
        return Q(person__in={str(self.pk), *([self.email] if self.email else [])})

    def plays(self, role: str) -> Q:
        """Q: events, or extra actors, in which they have a role."""
        user_type = ContentType.objects.get_for_model(get_user_model())
        return Q(**{f"{role}_type": user_type, f"{role}_id": str(self.pk)})

    def is_listed(self) -> Q:
        """Q: events whose audience names them."""
        listed = Q()
        for name in LISTS:
            contains = JSONListContains(name, F("audience"), user_pk_expression(self.pk))
            listed |= Q(Q(audience__has_key=name), contains)
        return Q(listed, has_own_audience=True)


def export(user: Any, email: str = "") -> dict[str, Section]:
    """Return everything that is stored about a person.

    Args:
        user: the user, or their primary key. The user may have been deleted already.
        email: an address whose subscriptions and seen marks belong to them as well.

    Returns:
        Iterators of rows, which read as they are iterated, by section: `inbox`, `notifications`,
        `subscriptions`, `requests` (subscriptions that an address has not confirmed),
        `opt_outs`, `profiles`, `seen`, `browsers` (that are pushed to),
        `messages` (by e-mail and other media, sent and to be sent),
        `appears_in` (events in which they are the actor, the action object or the target) and
        `named_by` (events whose list of people they are on). Values are those of the tables;
        `DjangoJSONEncoder` writes them as JSON.
    """
    person = Person.of(user, email)
    return {
        "inbox": _inbox(person),
        "notifications": _notifications(person),
        "subscriptions": _subscriptions(person),
        "requests": _requests(person),
        "opt_outs": _opt_outs(person),
        "profiles": _profiles(person),
        "seen": _seen(person),
        "messages": _messages(person),
        "browsers": _browsers(person),
        "appears_in": _appears_in(person),
        "named_by": _named_by(person),
    }


def _inbox(person: Person) -> Section:
    numbers = Inbox.objects.filter(pk=person.pk)
    yield from numbers.values("rev", "unread", "unseen", "seen")


def _notifications(person: Person) -> Section:
    rows = Notification.objects.filter(user=person.pk).with_event().order_by("rev", "pk")
    for row in rows.iterator(PORTION):
        state = {name: getattr(row, name) for name in STATE}
        fields = {"id": row.pk, "event": row.event_id, "occurrences": row.occurrences}
        yield {**fields, **state, **event_fields(row.event)}


def _subscriptions(person: Person) -> Section:
    for row in person.subscriptions().prefetch_related("filters", "media").iterator(PORTION):
        yield {
            "id": row.pk,
            "email": row.email,
            "type": row.type_id,
            **_target(row),
            "filters": {one.name: one.value for one in row.filters.all()},
            "media": [medium.pk for medium in row.media.all()],
            "profile": row.profile_id,
            "only_following": row.only_following,
            "active": row.active,
            "since": row.since,
            "created": row.created,
        }


def _requests(person: Person) -> Section:
    for row in person.requests().order_by("created").iterator(PORTION):
        what = {"address": row.address, "type": row.type_id, "filters": row.filters}
        yield {**what, **_target(row), "created": row.created}


def _opt_outs(person: Person) -> Section:
    for row in OptOut.objects.filter(user=person.pk).order_by("pk").iterator(PORTION):
        what = {"type": row.type_id, "group": row.type_group_id, "medium": row.medium_id}
        yield {"id": row.pk, **what, **_target(row), "created": row.created}


def _profiles(person: Person) -> Section:
    rows = DeliveryProfile.objects.filter(user=person.pk).order_by("pk")
    yield from rows.values("id", "name", "interval", "is_default")


def _seen(person: Person) -> Section:
    rows = EventSeen.objects.filter(person.seen_marks()).order_by("pk")
    yield from rows.values("event", "medium", "person", "seen_at").iterator(PORTION)


def _browsers(person: Person) -> Section:
    rows = PushSubscription.objects.filter(user=person.pk).order_by("pk")
    # Not the keys: who holds them can write to the browser.
    yield from rows.values("id", "endpoint", "user_agent", "created", "last_used", "expires_at")


def _messages(person: Person) -> Section:
    names = ("id", "medium_id", "address", "state", "reason", "created", "due_at", "finished_at")
    for row in person.dispatches().prefetch_related("items").iterator(PORTION):
        values = {name: getattr(row, name) for name in names}
        events = [item.event_id for item in row.items.all()]
        yield {**values, "events": events}


def _appears_in(person: Person) -> Section:
    for role in ROLES:
        events = Event.objects.filter(person.plays(role)).order_by("pk")
        names = ("pk", f"{role}_text", f"{role}_url", "message", "created")
        yield from _appearances(role, events.values_list(*names))
    extra = EventActor.objects.filter(person.plays("actor")).order_by("pk")
    names = ("event", "actor_text", "actor_url", "event__message", "event__created")
    yield from _appearances("actor", extra.values_list(*names))


def _appearances(role: str, rows: Any) -> Section:
    for event, text, url, message, created in rows.iterator(PORTION):
        yield {
            "event": event,
            "role": role,
            "text": text,
            "url": url,
            "message": message,
            "created": created,
        }


def _named_by(person: Person) -> Section:
    for window in windows(Event, PORTION):
        listed = Event.objects.filter(person.is_listed(), pk__range=(window[0], window[-1]))
        yield from listed.order_by("pk").values("id", "type", "message", "created")


def _target(row: Subscription | SubscriptionRequest | OptOut) -> dict[str, Any]:
    model: Any = row.target_type
    label = f"{model.app_label}.{model.model}" if model else None
    return {"target": {"type": label, "id": row.target_id} if label else None}


def jsonable(sections: dict[str, Section]) -> Iterator[str]:
    """Yield an export as the pieces of one JSON document, one row a line."""
    opening = "{"
    for name, rows in sections.items():
        yield f"{opening}\n{dumps(name)}: ["
        separator = "\n"
        for row in rows:
            yield f"{separator}{dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)}"
            separator = ",\n"
        yield "]"
        opening = ","
    yield "\n}\n"
