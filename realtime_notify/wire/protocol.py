"""Protocol ``rn.1``: its codes, its errors, and the frames of clients.

Pure functions on plain values. ``docs/protocol.md`` is the specification; `vocabulary` holds the
shapes of frames and `encoding` writes those of the server.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, NoReturn

from realtime_notify.wire.vocabulary import ErrorFrame, Problem

SUBPROTOCOL = "rn.1"
MAX_INTEGER = 2**53 - 1  # the largest integer that JavaScript represents exactly
MAX_IDS = 1000
MAX_CURSOR_LENGTH = 200
MAX_INBOX_LENGTH = 100
MAX_KEY_LENGTH = 128
MAX_TARGET_LENGTH = 400
MAX_ANSWER_BYTES = 512 * 1024  # Daphne throws away a frame of more than a mebibyte
MAX_TICKET_LENGTH = 200
LAST_YEAR = 9000  # a later moment may overflow when it is converted to another time zone


class Close(IntEnum):
    """Why the server closes a connection. 4000-4499: reconnect. 4500-4999: stay away."""

    DRAINING = 4001
    """The server is shutting down, is greeting too many, or cannot reach its database now."""
    NO_HELLO = 4008
    """The client has not said hello within `HELLO_TIMEOUT`."""
    TOO_MANY_CONNECTIONS = 4009
    """The user has `MAX_CONNECTIONS_PER_USER` connections to this process already."""
    STALE = 4010
    """The client left several heartbeats in a row unanswered."""
    FAILED = 4011
    """The server could not write a frame. Its log says why."""
    TOO_FAST = 4029
    """The client kept sending far more frames than `FRAME_RATE` allows."""
    CREDENTIALS_EXPIRED = 4401
    """What vouched for the user has expired, or is a ticket that is of no use any more."""
    PROTOCOL_ERROR = 4500
    """The client does not speak ``rn.1``, or no application is at this path."""
    NOT_SIGNED_IN = 4501
    """Nobody is signed in, or the user has signed out, was deactivated or was deleted."""
    NOT_ALLOWED = 4503
    """Pages of this origin may not connect."""


class ErrorCode(StrEnum):
    """Why one frame was refused. The connection stays open."""

    BAD_JSON = "bad_json"
    """The frame is not text, or not one JSON object."""
    BAD_REQUEST = "bad_request"
    """The command's arguments are wrong, or the frame holds more than one command."""
    UNKNOWN_COMMAND = "unknown_command"
    """The frame holds no command that this server knows."""
    TOO_LARGE = "too_large"
    """The frame has more than `MAX_FRAME_BYTES`."""
    RATE_LIMITED = "rate_limited"
    """The client sends too many frames, or asks for too many bytes; ``retry`` says when to try
    again."""
    TOO_MANY = "too_many"
    """The user has as many subscriptions as may be made from a browser."""
    INTERNAL = "internal"
    """The server or its database failed. The same command may work later."""
    NOT_READY = "not_ready"
    """The command came before hello."""
    NOT_ALLOWED = "not_allowed"
    """The user may not do this, or what the command names does not exist."""
    OTHER_INBOX = "other_inbox"
    """The client shows another inbox: somebody else has signed in, or the database was restored."""


class ProtocolError(Exception):
    """A frame of a client was refused.

    Args:
        code: what is wrong with it.
        message: the same in a sentence, for the developer of the client.
        id: of the refused command, once it is known.
        temporary: whether the same command may work later.
        retry: seconds after which to try again.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        id: int | None = None,
        temporary: bool = False,
        retry: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.id = id
        self.temporary = temporary
        self.retry = retry

    def frame(self) -> ErrorFrame:
        """Return the frame that answers the client."""
        error: Problem = {
            "code": self.code.value,
            "message": self.message,
            "temporary": self.temporary,
        }
        if self.retry is not None:
            error["retry"] = self.retry
        return {"id": self.id, "error": error}


@dataclass(frozen=True, slots=True)
class Command:
    """A valid frame of a client."""

    id: int | None
    name: str
    args: dict[str, Any]


def parse(text: str, max_bytes: int) -> Command:
    """Read a frame of a client.

    Args:
        text: the frame as received.
        max_bytes: the most that it may have in UTF-8.

    Raises:
        ProtocolError: the frame holds no valid command.
    """
    if len(text) > max_bytes or len(text.encode("utf-8", "surrogatepass")) > max_bytes:
        raise ProtocolError(ErrorCode.TOO_LARGE, f"A frame may have at most {max_bytes} bytes.")
    try:
        frame = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ProtocolError(ErrorCode.BAD_JSON, "A frame must be one JSON object.") from None
    if not isinstance(frame, dict):
        raise ProtocolError(ErrorCode.BAD_JSON, "A frame must be one JSON object.")
    id = frame.get("id")
    if id is not None and not _is_count(id):
        raise ProtocolError(ErrorCode.BAD_REQUEST, '"id" must be a whole number.')
    commands = [name for name in frame if name in _CHECKS]
    if not commands:
        known = ", ".join(sorted(_CHECKS))
        raise ProtocolError(
            ErrorCode.UNKNOWN_COMMAND, f"No known command here. Known: {known}.", id=id
        )
    if len(commands) > 1:
        raise ProtocolError(
            ErrorCode.BAD_REQUEST, f"One command a frame, not {' and '.join(commands)}.", id=id
        )
    command = commands[0]
    # The answer to a heartbeat is the heartbeat itself, whose fields stand side by side.
    args = frame if command == "rev" else frame[command]
    try:
        return Command(id, command, validate(command, args))
    except ProtocolError as error:
        error.id = id
        raise


def validate(command: str, args: object) -> dict[str, Any]:
    """Check the arguments of a command.

    Returns:
        The arguments without those that are null or unknown.

    Raises:
        ProtocolError: there is no such command, or an argument is missing or wrong.
    """
    check = _CHECKS.get(command)
    if check is None:
        raise ProtocolError(ErrorCode.UNKNOWN_COMMAND, f"There is no command {command!r}.")
    if not isinstance(args, Mapping):
        _bad(f'"{command}" must be an object.')
    given = {name: value for name, value in args.items() if value is not None}
    return {**check(command, given), **_check_inbox(given)}


def _check_inbox(args: dict[str, Any]) -> dict[str, Any]:
    """Check what any command may carry: the inbox that its client shows."""
    if "inbox" not in args:
        return {}
    inbox = args["inbox"]
    if not isinstance(inbox, str) or not 1 <= len(inbox) <= MAX_INBOX_LENGTH:
        _bad('"inbox" must be that of an answer to hello or sync.')
    return {"inbox": inbox}


def _check_marks(command: str, args: dict[str, Any]) -> dict[str, Any]:
    if ("ids" in args) == ("upto" in args):
        _bad(f'"{command}" needs either "ids" or "upto".')
    return _check_upto(command, args) if "upto" in args else _check_ids(args["ids"])


def _check_ids(ids: object) -> dict[str, Any]:
    if not isinstance(ids, list) or not 1 <= len(ids) <= MAX_IDS or not all(map(_is_count, ids)):
        _bad(f'"ids" must be a list of 1 to {MAX_IDS} whole numbers.')
    return {"ids": ids}


def _check_upto(command: str, args: dict[str, Any]) -> dict[str, Any]:
    if "upto" not in args:
        _bad(f'"{command}" needs "upto".')
    return {"upto": _count("upto", args["upto"])}


def _check_snooze(command: str, args: dict[str, Any]) -> dict[str, Any]:
    if "ids" not in args or "until" not in args:
        _bad(f'"{command}" needs "ids" and "until".')
    until = args["until"]
    try:
        moment = datetime.fromisoformat(until)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.year > LAST_YEAR:
        _bad('"until" must be a moment in ISO 8601, such as "2030-01-02T09:00:00Z".')
    return {**_check_ids(args["ids"]), "until": until}


def _check_subscription(command: str, args: dict[str, Any]) -> dict[str, Any]:
    """Check the form only. Existence and permission are checked later, disclosing neither."""
    key, target = args.get("key"), args.get("target")
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY_LENGTH:
        _bad(f'"{command}" needs "key", a text of 1 to {MAX_KEY_LENGTH} characters.')
    if target is None:
        return {"key": key}
    label, _, pk = target.partition(":") if isinstance(target, str) else ("", "", "")
    if label.count(".") != 1 or not pk or len(target) > MAX_TARGET_LENGTH:
        _bad('"target" must name a model and a primary key, such as "blog.post:42".')
    return {"key": key, "target": target}


def _check_hello(command: str, args: dict[str, Any]) -> dict[str, Any]:
    checked = _check_since(command, args)
    if "ticket" in args:
        ticket = args["ticket"]
        if not isinstance(ticket, str) or not 1 <= len(ticket) <= MAX_TICKET_LENGTH:
            _bad(f'"ticket" must be a text of 1 to {MAX_TICKET_LENGTH} characters.')
        checked["ticket"] = ticket
    return checked


def _check_since(command: str, args: dict[str, Any]) -> dict[str, Any]:
    return {"since": _count("since", args["since"])} if "since" in args else {}


def _check_rev(command: str, args: dict[str, Any]) -> dict[str, Any]:
    beat = args.get("beat", "")
    if not isinstance(beat, str):
        _bad('"beat" must be that of a heartbeat.')
    return {"rev": _count("rev", args.get("rev")), "beat": beat}


def _check_page(command: str, args: dict[str, Any]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    if "before" in args:
        before = args["before"]
        if not isinstance(before, str) or not 1 <= len(before) <= MAX_CURSOR_LENGTH:
            _bad('"before" must be a cursor from an earlier page.')
        checked["before"] = before
    if "limit" in args:
        # The upper bound is a setting, which the reading of the page applies.
        if not _is_count(args["limit"]) or args["limit"] < 1:
            _bad('"limit" must be a whole number from 1.')
        checked["limit"] = args["limit"]
    for name in ("unread", "archived"):
        if name in args:
            if not isinstance(args[name], bool):
                _bad(f'"{name}" must be true or false.')
            checked[name] = args[name]
    return checked


_CHECKS: dict[str, Callable[[str, dict[str, Any]], dict[str, Any]]] = {
    "hello": _check_hello,
    "rev": _check_rev,
    "read": _check_marks,
    "unread": _check_marks,
    "seen": _check_upto,
    "archive": _check_marks,
    "unarchive": _check_marks,
    "delete": _check_marks,
    "snooze": _check_snooze,
    "subscribe": _check_subscription,
    "unsubscribe": _check_subscription,
    "sync": _check_since,
    "page": _check_page,
}


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_INTEGER  # True is an int as well


def _count(name: str, value: Any) -> int:
    if not _is_count(value):
        _bad(f'"{name}" must be a whole number from 0 to {MAX_INTEGER}.')
    return int(value)


def _bad(message: str) -> NoReturn:
    raise ProtocolError(ErrorCode.BAD_REQUEST, message)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
