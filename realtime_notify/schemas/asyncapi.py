"""The socket as an AsyncAPI 3.0 document, seen from the server: it receives commands."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings

import realtime_notify
from realtime_notify.conf import settings
from realtime_notify.schemas.frames import ANSWERS, KINDS, PONG, SOCKET_BOUNDS, command
from realtime_notify.schemas.shapes import Schema, Shapes
from realtime_notify.wire.connection import MISSED_HEARTBEATS
from realtime_notify.wire.protocol import MAX_ANSWER_BYTES, SUBPROTOCOL

CHANNEL = "notifications"


def document() -> dict[str, Any]:
    """Return the AsyncAPI document of this site."""
    shapes = Shapes(SOCKET_BOUNDS)
    messages = {**_commands(), **_frames(shapes)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "realtime_notify",
            "version": realtime_notify.__version__,
            "description": f"The inbox over a WebSocket, by protocol {SUBPROTOCOL}. "
            "docs/protocol.md says what each field means, and what a client does with it.",
        },
        "defaultContentType": "application/json",
        "servers": {"site": _server()},
        "channels": {CHANNEL: _channel(messages)},
        "operations": _operations(),
        "components": {
            "messages": messages,
            "schemas": dict(sorted(shapes.schemas.items())),
            "securitySchemes": {
                "session": {
                    "type": "httpApiKey",
                    "in": "cookie",
                    "name": django_settings.SESSION_COOKIE_NAME,
                    "description": "Django's session.",
                },
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "What the site's AUTHENTICATOR takes.",
                },
            },
        },
    }


def _server() -> dict[str, Any]:
    site = urlsplit(settings.BASE_URL)
    return {
        "host": "{host}",
        "protocol": "ws" if site.scheme == "http" else "wss",
        "description": "A socket may also say who it is by a ticket in hello.",
        "variables": {"host": {"default": site.netloc or "example.com"}},
        "security": [_reference("components/securitySchemes", one) for one in ("session", "token")],
    }


def _channel(messages: dict[str, Any]) -> dict[str, Any]:
    language = {"type": "string", "description": "In which to get texts that are translated."}
    offered: Schema = {"type": "string", "enum": [SUBPROTOCOL]}
    return {
        "address": settings.WEBSOCKET_PATH or None,
        "description": "Each frame is text: one JSON object. Without an id it is a push, or a "
        "command whose answer has none. Both sides ignore unknown fields.",
        "messages": {name: _reference("components/messages", name) for name in messages},
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {"type": "object", "properties": {"language": language}},
                "headers": {"type": "object", "properties": {"Sec-WebSocket-Protocol": offered}},
            }
        },
        "x-limits": {
            "secondsToHello": settings.HELLO_TIMEOUT,
            "secondsBetweenHeartbeats": settings.PING_INTERVAL,
            "unansweredHeartbeats": MISSED_HEARTBEATS,
            "bytesOfCommand": settings.MAX_FRAME_BYTES,
            "bytesOfAnswer": MAX_ANSWER_BYTES,
            "itemsOfPage": settings.MAX_PAGE_SIZE,
            "framesAtOnce": settings.FRAME_BURST,
            "framesPerSecond": settings.FRAME_RATE,
            "unacknowledgedFrames": settings.SEND_WINDOW_FRAMES,
            "unacknowledgedBytes": settings.SEND_WINDOW_BYTES,
        },
    }


def _commands() -> dict[str, Any]:
    """Return the messages of the client."""
    messages = {
        f"client.{name}": _message(summary, command(name), answered=True)
        for name, (summary, _) in ANSWERS.items()
    }
    messages["client.pong"] = _message("Answer a heartbeat, by the same frame.", command(PONG))
    return messages


def _frames(shapes: Shapes) -> dict[str, Any]:
    """Return the messages of the server."""
    answers = {"error", *(kind for _, kind in ANSWERS.values())}
    return {
        f"server.{name}": _message(
            kind.summary, kind.schema(shapes.schema(kind.shape)), answered=name in answers
        )
        for name, kind in KINDS.items()
    }


def _message(summary: str, payload: Schema, *, answered: bool = False) -> dict[str, Any]:
    message: dict[str, Any] = {"summary": summary, "payload": payload}
    if answered:
        message["correlationId"] = {"location": "$message.payload#/id"}
    return message


def _operations() -> dict[str, Any]:
    operations = {
        name: {
            "action": "receive",
            "channel": _reference("channels", CHANNEL),
            "summary": summary,
            "messages": [_of_channel(f"client.{name}")],
            "reply": _reply(f"server.{kind}", "server.error"),
        }
        for name, (summary, kind) in ANSWERS.items()
    }
    for name, reply in {"change": None, "heartbeat": "client.pong", "bye": None}.items():
        operations[f"send.{name}"] = {
            "action": "send",
            "channel": _reference("channels", CHANNEL),
            "summary": KINDS[name].summary,
            "messages": [_of_channel(f"server.{name}")],
            **({"reply": _reply(reply)} if reply else {}),
        }
    return operations


def _reply(*messages: str) -> dict[str, Any]:
    return {
        "channel": _reference("channels", CHANNEL),
        "messages": [_of_channel(message) for message in messages],
    }


def _of_channel(message: str) -> dict[str, str]:
    return _reference(f"channels/{CHANNEL}/messages", message)


def _reference(where: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/{where}/{name}"}
