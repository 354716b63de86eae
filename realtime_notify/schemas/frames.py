"""JSON Schemas of frames, in both directions: `realtime_notify.wire.vocabulary` as data.

A schema takes unknown fields, as both sides of the protocol have to. It is of JSON Schema's draft 7
and later ones alike.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import Enum
from inspect import getsource
from typing import Any, cast

from realtime_notify.schemas.arguments import ARGUMENTS, COUNT, INBOX
from realtime_notify.schemas.shapes import Bounds, Schema
from realtime_notify.wire.protocol import Close, ErrorCode
from realtime_notify.wire.vocabulary import ByeFrame, ErrorFrame, Frame

PONG = "rev"
"""The command that is no object: a heartbeat, sent back as it came."""
COMMANDS = (PONG, *ARGUMENTS)
"""What a frame of the client may hold one of."""

LEVELS = ("info", "success", "warning", "error")
_SECONDS: Schema = {"type": "number", "minimum": 0}
_RETRY: Schema = {"type": "array", "items": _SECONDS, "minItems": 2, "maxItems": 2}


def _codes(codes: type[Enum]) -> Schema:
    """Return the schema of the values of an enumeration, each with what it means."""
    meanings = _docstrings(codes)
    known = [
        {"const": code.value, "title": code.name.lower(), "description": meanings[code.name]}
        for code in codes
    ]
    return {"oneOf": known}


def _docstrings(codes: type[Enum]) -> dict[str, str]:
    """Return what the source says below each member of an enumeration."""
    found: dict[str, str] = {}
    name = ""
    (definition,) = ast.parse(getsource(codes)).body
    for statement in cast("ast.ClassDef", definition).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and name:
            found[name] = " ".join(str(statement.value.value).split())
    return found


FRAME_BOUNDS: Bounds = {
    "Frame": {
        "properties": {
            **dict.fromkeys(("rev", "from", "id", "unread", "unseen", "age"), COUNT),
            "inbox": INBOX,
            "ping": _SECONDS,
            "reset": {"const": True},
        }
    },
    "Item": {
        "properties": {
            **dict.fromkeys(("id", "rev", "seq"), COUNT),
            "occurrences": {**COUNT, "minimum": 1},
            "level": {"enum": list(LEVELS)},
            "created": {"type": "string", "format": "date-time"},
        }
    },
    "Selection": {
        "properties": {"ids": {"type": "array", "items": COUNT}, "upto": COUNT},
        "oneOf": [{"required": ["ids"]}, {"required": ["upto"]}],
    },
}
"""What frames hold besides what their types say, over the socket and over HTTP."""

SOCKET_BOUNDS: Bounds = {
    **FRAME_BOUNDS,
    "ErrorFrame": {"properties": {"id": {"anyOf": [COUNT, {"type": "null"}]}}},
    "Problem": {"properties": {"code": _codes(ErrorCode), "retry": _SECONDS}},
    "Bye": {"properties": {"code": _codes(Close), "retry": _RETRY}},
}
"""The same for the socket alone: HTTP has other errors as well."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of frame that the server sends.

    Attributes:
        name: what it is called.
        summary: what it is for.
        shape: its type.
        has: the fields that it must have, besides those that its type requires.
        lacks: the fields that would make it another kind.
        starts: whether it is either a reset or says from which rev it leads on.
    """

    name: str
    summary: str
    shape: Any
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    starts: bool = False

    def schema(self, reference: Schema) -> Schema:
        """Return the schema of frames of this kind.

        Args:
            reference: the schema of its type.
        """
        parts: list[Schema] = [reference]
        if self.has:
            parts.append({"required": list(self.has)})
        if self.lacks:
            parts.append({"not": _any_of(self.lacks)})
        if self.starts:
            reset = {"required": ["reset", "next"], "not": _any_of(("from",))}
            onward = {"required": ["from"], "not": _any_of(("reset", "next"))}
            parts.append({"oneOf": [reset, onward]})
        return {"allOf": parts}


_COUNTERS = ("unread", "unseen")
_STATE = (*_COUNTERS, "inbox", "seen", "put")
_NO_CHANGE = ("inbox", "reset", "next", "ping", "beat")

KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "greeting",
            "Answers hello: what changed since the client's rev, or a reset.",
            Frame,
            (*_STATE, "ping"),
            ("beat", "subscribed"),
            starts=True,
        ),
        Kind(
            "state",
            "Answers sync: what changed since the client's rev, or a reset.",
            Frame,
            _STATE,
            ("ping", "beat", "subscribed"),
            starts=True,
        ),
        Kind(
            "change",
            "Tells what changed: a push, or the answer to the command that changed it.",
            Frame,
            _COUNTERS,
            (*_NO_CHANGE, "subscribed"),
        ),
        Kind(
            "subscription",
            "Answers subscribe and unsubscribe.",
            Frame,
            (*_COUNTERS, "from", "subscribed"),
            (*_NO_CHANGE, "put"),
        ),
        Kind(
            "page",
            "Answers page: older items.",
            Frame,
            ("put", "next"),
            (*_COUNTERS, "beat", "reset"),
        ),
        Kind(
            "heartbeat",
            "Tells the newest rev. The client sends it back as it is.",
            Frame,
            ("beat",),
            (*_COUNTERS, "put", "id"),
        ),
        Kind("error", "Answers a frame that was refused.", ErrorFrame),
        Kind("bye", "Says why the server closes, as the last frame.", ByeFrame),
    )
}
"""The frames of the server, by name: each frame is of just one kind."""


ANSWERS: dict[str, tuple[str, str]] = {
    "hello": ("Say who is there, and at which rev. It is the first command.", "greeting"),
    "sync": ("Ask what changed since a rev.", "state"),
    "page": ("Ask for older items, or for those of another list.", "page"),
    "read": ("Mark items as read.", "change"),
    "unread": ("Mark items as unread.", "change"),
    "seen": ("Say that the owner has looked at the list.", "change"),
    "archive": ("Move items to the archive.", "change"),
    "unarchive": ("Move items back to the list.", "change"),
    "delete": ("Delete items.", "change"),
    "snooze": ("Put items away until a moment, when they arrive again.", "change"),
    "subscribe": ("Subscribe the user to a type, perhaps about one target.", "subscription"),
    "unsubscribe": ("End exactly that subscription.", "subscription"),
}
"""What each command is for, and the kind of frame that answers it, unless that is an error."""


def command(name: str) -> Schema:
    """Return the schema of the frames that hold a command of this name."""
    optional_id: Schema = {"anyOf": [COUNT, {"type": "null"}]}
    properties: dict[str, Schema] = {"id": optional_id}
    if name == PONG:
        properties[PONG] = COUNT
        properties["beat"] = {"type": ["string", "null"]}
        properties["inbox"] = {"anyOf": [INBOX, {"type": "null"}]}
    else:
        properties[name] = ARGUMENTS[name]
    others = tuple(other for other in COMMANDS if other != name)
    return {
        "type": "object",
        "properties": properties,
        "required": [name],
        "not": _any_of(others),
    }


def _any_of(fields: tuple[str, ...]) -> Schema:
    return {"anyOf": [{"required": [field]} for field in fields]}
