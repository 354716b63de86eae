"""Items: notifications as browsers get them, in protocol ``rn.1``.

The fields that all recipients of an event share are kept apart from each person's own, so that a
push to thousands encodes the event once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar, cast

from django.contrib.contenttypes.models import ContentType

from realtime_notify import images, texts
from realtime_notify.models import Event, Notification
from realtime_notify.models.moments import in_utc
from realtime_notify.wire import encoding
from realtime_notify.wire.encoding import EncodedItems
from realtime_notify.wire.protocol import MAX_ANSWER_BYTES
from realtime_notify.wire.vocabulary import Change, EventFields, Frame, Item, Thing

ROLES = ("actor", "action_object", "target")
HEAD_BYTES = 1024  # of an answer besides its items, at most

EVENT_COLUMNS = (
    *("pk", "type_id", "group", "level", "message", "description", "url", "verb", "texts"),
    *("actor_image", "data", "created"),
    *(f"{role}_{part}" for role in ROLES for part in ("type_id", "id", "text", "url")),
)
"""What items show of an event; `group` is an annotation, that of its type."""


def event_fields(event: Event) -> EventFields:
    """Return the fields of an item that are the same for every recipient.

    The texts are plain, in the language of the site. Queries nothing if the type is fetched.
    """
    return {
        "key": event.type_id,
        "group": event.group or "",
        "level": event.level,
        "message": event.message,
        "description": event.description,
        "url": event.url,
        "image": images.shown(event.data, event.actor_image),
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


def shown_fields(event: Event) -> EventFields:
    """Return `event_fields` with the texts in the active language."""
    return _translated(event_fields(event), event.texts) if event.texts else event_fields(event)


def _translated(fields: EventFields, stored: Mapping[str, texts.Stored]) -> EventFields:
    plain = cast("dict[str, Any]", fields)
    shown = {name: texts.shown(stored.get(name), plain[name]) for name in texts.FIELDS}
    return cast("EventFields", {**plain, **shown})


def translated_body(body: str, stored: str, language: str) -> str:
    """Return the body of a push in a language; never raises for a text that cannot be translated.

    Args:
        body: of `event_body()`.
        stored: the texts of the event, as JSON.
        language: a language code.
    """
    with texts.language(language):
        return encoding.event_body(_translated(json.loads(f"{{{body}}}"), json.loads(stored)))


class SharedFields:
    """What the items of an event share, encoded just once.

    Args:
        event: an event, or its `EVENT_COLUMNS` as a named tuple.
        language: whose texts they hold; "" for the active one.

    Attributes:
        fields: the fields.
        body: the same as JSON, without the outer braces.
        size: how many bytes that is on the wire.
    """

    __slots__ = ("body", "fields", "size")

    def __init__(self, event: Any, language: str = "") -> None:
        if event.texts:
            with texts.language(language):
                self.fields = shown_fields(event)
        else:
            self.fields = event_fields(event)
        self.body = encoding.event_body(self.fields)
        self.size = len(self.body.encode())


class Row(NamedTuple):
    """A part of a notification: what is its owner's alone. Of a moment, whether there is one."""

    id: int
    event: int
    rev: int
    seq: int
    occurrences: int
    read_at: object
    archived_at: object
    deleted_at: object
    snoozed_until: object


AnyRow = TypeVar("AnyRow", Row, Notification)


def item(notification: Notification, seen: int) -> Item:
    """Return a whole item, its texts in the active language.

    Args:
        notification: a row whose event is fetched.
        seen: the seen mark of its inbox, a `rev`.
    """
    return {**_own_fields(notification, seen), **shown_fields(notification.event)}  # type: ignore[typeddict-item]


def pushed(notification: Notification, seen: int) -> Change:
    """Return what a push to all connections of an owner says of a notification that has changed.

    It is the item, or, where each of them shows the texts in its own language, that something is at
    this rev, so that they ask.

    Args:
        notification: a row whose event is fetched.
        seen: the seen mark of its inbox, a `rev`.
    """
    if notification.event.texts:
        return {"from": notification.rev}
    return {"put": [item(notification, seen)]}


def fitting(
    rows: Iterable[AnyRow], shared: Callable[[AnyRow], SharedFields], seen: int
) -> EncodedItems:
    """Return items, as many as one answer holds, and at least one.

    Args:
        rows: notifications.
        shared: returns what the items of a notification's event share.
        seen: the seen mark of their inbox, a `rev`.
    """
    items: list[Item] = []
    encoded: list[str] = []
    room = MAX_ANSWER_BYTES - HEAD_BYTES
    for row in rows:
        own, its = _own_fields(row, seen), shared(row)
        text = encoding.encode(own)
        room -= len(text) + its.size + 1
        if room < 0 and items:
            break
        items.append({**own, **its.fields})  # type: ignore[typeddict-item]
        encoded.append(f"{text[:-1]},{its.body}}}")
    return EncodedItems(items, encoded)


def page(
    rows: Sequence[AnyRow], shared: Callable[[AnyRow], SharedFields], size: int, seen: int
) -> Frame:
    """Return `put` and `next` of a page.

    Args:
        rows: notifications in the order of the list, one more than the page holds if there is one.
        shared: returns what the items of a notification's event share.
        size: how many the page holds; fewer where they are so large that no more fit.
        seen: the seen mark of their inbox, a `rev`.
    """
    put = fitting(rows[:size], shared, seen)
    is_last = len(put) == len(rows)
    return {"put": put, "next": None if is_last else str(put[-1]["seq"])}  # type: ignore[typeddict-item]


def _own_fields(row: Row | Notification, seen: int) -> dict[str, int | bool]:
    """Return the fields of an item that are its owner's alone; all of them ASCII."""
    return {
        "id": row.id,
        "rev": row.rev,
        "seq": row.seq,
        "occurrences": row.occurrences,
        "read": row.read_at is not None,
        "seen": row.seq <= seen,
        "archived": row.archived_at is not None,
        "deleted": row.deleted_at is not None,
        "snoozed": row.snoozed_until is not None,
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
