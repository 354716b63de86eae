"""Items: notifications as browsers get them, in protocol ``rn.1``.

The fields that all recipients of an event share are kept apart from each person's own, so that a
push to thousands encodes the event once.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.contenttypes.models import ContentType

from realtime_notify.models import Event, Notification
from realtime_notify.models.moments import in_utc
from realtime_notify.wire import encoding
from realtime_notify.wire.vocabulary import EventFields, Item, Thing


def event_fields(event: Event) -> EventFields:
    """Return the fields of an item that are the same for every recipient. Queries nothing."""
    return {
        "key": event.type_id,
        "level": event.level,
        "message": event.message,
        "description": event.description,
        "url": event.url,
        "actor": _reference(event, "actor"),
        "verb": event.verb,
        "action_object": _reference(event, "action_object"),
        "target": _reference(event, "target"),
        "data": event.data,
        "created": timestamp(event.created),
    }


def event_body(event: Event) -> str:
    """Return `event_fields` as JSON text without the outer braces, to be encoded just once."""
    return encoding.event_body(event_fields(event))


def item(notification: Notification, seen: int) -> Item:
    """Return a whole item.

    Args:
        notification: a row whose event is fetched.
        seen: the seen mark of its inbox, a `rev`.
    """
    return {
        "id": notification.pk,
        "rev": notification.rev,
        "seq": notification.seq,
        "occurrences": notification.occurrences,
        "read": notification.read_at is not None,
        "seen": notification.seq <= seen,
        "archived": notification.archived_at is not None,
        "deleted": notification.deleted_at is not None,
        "snoozed": notification.snoozed_until is not None,
        **event_fields(notification.event),
    }


def timestamp(moment: datetime) -> str:
    """Return a moment as ISO 8601 in UTC with milliseconds, what JavaScript's `Date` reads."""
    return in_utc(moment).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _reference(event: Event, name: str) -> Thing | None:
    """Return one of an event's objects, as it read when the event was stored."""
    type_id = getattr(event, f"{name}_type_id")
    text = getattr(event, f"{name}_text")
    if type_id is None and not text:
        return None
    content_type = ContentType.objects.get_for_id(type_id) if type_id is not None else None
    return {
        "text": text,
        "url": getattr(event, f"{name}_url"),
        "type": f"{content_type.app_label}.{content_type.model}" if content_type else "",
        "id": getattr(event, f"{name}_id"),
    }
