"""JSON Schemas of what commands take: `realtime_notify.wire.commands` as data."""

from __future__ import annotations

from realtime_notify.schemas.shapes import Schema
from realtime_notify.wire.commands import (
    MAX_CURSOR_LENGTH,
    MAX_GROUP_LENGTH,
    MAX_INBOX_LENGTH,
    MAX_KEY_LENGTH,
    MAX_TARGET_LENGTH,
    MAX_TICKET_LENGTH,
)
from realtime_notify.wire.protocol import MAX_IDS, MAX_INTEGER


def _text(shortest: int, longest: int) -> Schema:
    return {"type": "string", "minLength": shortest, "maxLength": longest}


COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER}
FLAG: Schema = {"type": "boolean"}
IDS: Schema = {"type": "array", "items": COUNT, "minItems": 1, "maxItems": MAX_IDS}
INBOX = _text(1, MAX_INBOX_LENGTH)
_SINCE: dict[str, Schema] = {"since": COUNT, "inbox": INBOX}
_TARGET: Schema = {
    "type": "string",
    "maxLength": MAX_TARGET_LENGTH,
    "pattern": r"^[^.:]*\.[^.:]*:[\s\S]+$",
    "examples": ["blog.post:42"],
}


def _optional(schema: Schema) -> Schema:
    """Return the schema of an argument that may be left out, which null does as well."""
    return {"anyOf": [schema, {"type": "null"}]}


def _object(required: dict[str, Schema], optional: dict[str, Schema]) -> Schema:
    properties = {**required, **{name: _optional(schema) for name, schema in optional.items()}}
    schema: Schema = {"type": "object", "properties": properties}
    return {**schema, "required": list(required)} if required else schema


def _marks() -> Schema:
    """Return the schema of a selection: ``ids`` or ``upto``, and not both."""
    alone = {"type": "null"}
    return {
        "type": "object",
        "properties": {"inbox": _optional(INBOX)},
        "oneOf": [
            {"properties": {"ids": IDS, "upto": alone}, "required": ["ids"]},
            {"properties": {"upto": COUNT, "ids": alone}, "required": ["upto"]},
        ],
    }


PAGE: dict[str, Schema] = {
    "before": _text(1, MAX_CURSOR_LENGTH),
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_INTEGER},
    "unread": FLAG,
    "archived": FLAG,
    "group": _text(0, MAX_GROUP_LENGTH),
    "inbox": INBOX,
}
"""The arguments of `page`, all optional; over HTTP they stand in the query string."""

SYNC = _SINCE
"""The arguments of `sync`, likewise."""

_SUBSCRIPTION = _object({"key": _text(1, MAX_KEY_LENGTH)}, {"target": _TARGET, "inbox": INBOX})

ARGUMENTS: dict[str, Schema] = {
    "hello": _object({}, {**_SINCE, "ticket": _text(1, MAX_TICKET_LENGTH)}),
    "read": _marks(),
    "unread": _marks(),
    "seen": _object({"upto": COUNT}, {"inbox": INBOX}),
    "archive": _marks(),
    "unarchive": _marks(),
    "delete": _marks(),
    "snooze": _object(
        {"ids": IDS, "until": {"type": "string", "format": "date-time"}}, {"inbox": INBOX}
    ),
    "subscribe": _SUBSCRIPTION,
    "unsubscribe": _SUBSCRIPTION,
    "sync": _object({}, SYNC),
    "page": _object({}, PAGE),
}
"""The arguments of each command that is an object. (``rev`` is the answer to a heartbeat.)"""
