"""The commands of clients: frames read, and arguments checked.

Pure functions on plain values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from realtime_notify.wire.protocol import MAX_IDS, MAX_INTEGER, ErrorCode, ProtocolError

MAX_CURSOR_LENGTH = 200
MAX_INBOX_LENGTH = 100
MAX_GROUP_LENGTH = 128
MAX_KEY_LENGTH = 128
MAX_TARGET_LENGTH = 400
MAX_TICKET_LENGTH = 200
LAST_YEAR = 9000  # a later moment may overflow when it is converted to another time zone


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
    if "group" in args:
        group = args["group"]
        if not isinstance(group, str) or len(group) > MAX_GROUP_LENGTH:
            _bad(f'"group" must be a text of at most {MAX_GROUP_LENGTH} characters.')
        checked["group"] = group
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
