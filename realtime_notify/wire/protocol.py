"""Protocol ``rn.1``: the vocabulary of the wire, as pure functions on plain values.

Twin of ``frontend/src/protocol.ts``; the specimens in ``tests/protocol/`` hold the two together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, NoReturn

from realtime_notify.wire.store import View as View

SUBPROTOCOL = "rn.1"
MAX_INTEGER = 2**53 - 1  # the largest a browser counts exactly
MAX_IDS = 1000
MAX_CURSOR_LENGTH = 200
MAX_KEY_LENGTH = 128
MAX_TARGET_LENGTH = 400
LAST_YEAR = 9000  # a moment after it may not exist in another time zone

Frame = dict[str, Any]


class Close(IntEnum):
    """Why the server closes. 4000-4499: come back. 4500-4999: stay away."""

    DRAINING = 4001
    NO_HELLO = 4008
    STALE = 4010
    TOO_FAST = 4029
    PROTOCOL_ERROR = 4500
    NOT_SIGNED_IN = 4501
    NOT_ALLOWED = 4503
    TOO_MANY_CONNECTIONS = 4509


class ErrorCode(StrEnum):
    """What may be wrong with one frame. The connection lives on."""

    BAD_JSON = "bad_json"
    BAD_REQUEST = "bad_request"
    UNKNOWN_COMMAND = "unknown_command"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    INTERNAL = "internal"
    NOT_READY = "not_ready"
    NOT_ALLOWED = "not_allowed"


class ProtocolError(Exception):
    """A frame that cannot be obeyed, and what to tell its sender."""

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

    def frame(self) -> Frame:
        """The error frame that tells the sender."""
        error: Frame = {
            "code": self.code.value,
            "message": self.message,
            "temporary": self.temporary,
        }
        if self.retry is not None:
            error["retry"] = self.retry
        return {"id": self.id, "error": error}


@dataclass(frozen=True, slots=True)
class Command:
    """One valid frame from a client."""

    id: int | None
    verb: str
    args: dict[str, Any]


# --- from the client ------------------------------------------------------------------------------


def parse(text: str, max_bytes: int) -> Command:
    """Read one frame of a client, or raise ProtocolError."""
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
    verbs = [name for name in frame if name in _CHECKS]
    if not verbs:
        known = ", ".join(sorted(_CHECKS))
        raise ProtocolError(
            ErrorCode.UNKNOWN_COMMAND, f"No known command here. Known: {known}.", id=id
        )
    if len(verbs) > 1:
        raise ProtocolError(
            ErrorCode.BAD_REQUEST, f"One command a frame, not {' and '.join(verbs)}.", id=id
        )
    try:
        return Command(id, verbs[0], validate(verbs[0], frame[verbs[0]]))
    except ProtocolError as error:
        error.id = id
        raise


def validate(verb: str, args: object) -> dict[str, Any]:
    """Check the arguments of a command; give them back without what is unknown or null."""
    check = _CHECKS.get(verb)
    if check is None:
        raise ProtocolError(ErrorCode.UNKNOWN_COMMAND, f"There is no command {verb!r}.")
    if verb == "rev":
        args = {"rev": args}
    if not isinstance(args, Mapping):
        _bad(f'"{verb}" must be an object.')
    return check(verb, {name: value for name, value in args.items() if value is not None})


def _check_marks(verb: str, args: dict[str, Any]) -> dict[str, Any]:
    if ("ids" in args) == ("upto" in args):
        _bad(f'"{verb}" needs either "ids" or "upto".')
    return _check_upto(verb, args) if "upto" in args else _check_ids(args["ids"])


def _check_ids(ids: object) -> dict[str, Any]:
    if not isinstance(ids, list) or not 1 <= len(ids) <= MAX_IDS or not all(map(_is_count, ids)):
        _bad(f'"ids" must be a list of 1 to {MAX_IDS} whole numbers.')
    return {"ids": ids}


def _check_upto(verb: str, args: dict[str, Any]) -> dict[str, Any]:
    if "upto" not in args:
        _bad(f'"{verb}" needs "upto".')
    return {"upto": _count("upto", args["upto"])}


def _check_snooze(verb: str, args: dict[str, Any]) -> dict[str, Any]:
    if "ids" not in args or "until" not in args:
        _bad(f'"{verb}" needs "ids" and "until".')
    until = args["until"]
    try:
        moment = datetime.fromisoformat(until)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.year > LAST_YEAR:
        _bad('"until" must be a moment in ISO 8601, such as "2030-01-02T09:00:00Z".')
    return {**_check_ids(args["ids"]), "until": until}


def _check_interest(verb: str, args: dict[str, Any]) -> dict[str, Any]:
    """Whether key and target are anybody's is not said here, nor to whom it is none of theirs."""
    key, target = args.get("key"), args.get("target")
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY_LENGTH:
        _bad(f'"{verb}" needs "key", a text of 1 to {MAX_KEY_LENGTH} characters.')
    if target is None:
        return {"key": key}
    label, _, pk = target.partition(":") if isinstance(target, str) else ("", "", "")
    if label.count(".") != 1 or not pk or len(target) > MAX_TARGET_LENGTH:
        _bad('"target" must name a model and a primary key, such as "blog.post:42".')
    return {"key": key, "target": target}


def _check_since(verb: str, args: dict[str, Any]) -> dict[str, Any]:
    return {"since": _count("since", args["since"])} if "since" in args else {}


def _check_rev(verb: str, args: dict[str, Any]) -> dict[str, Any]:
    return {"rev": _count("rev", args.get("rev"))}


def _check_page(verb: str, args: dict[str, Any]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    if "before" in args:
        before = args["before"]
        if not isinstance(before, str) or not 1 <= len(before) <= MAX_CURSOR_LENGTH:
            _bad('"before" must be a cursor from an earlier page.')
        checked["before"] = before
    if "limit" in args:
        # The upper bound is a setting: whoever reads the page applies it.
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
    "hello": _check_since,
    "rev": _check_rev,
    "read": _check_marks,
    "unread": _check_marks,
    "seen": _check_upto,
    "archive": _check_marks,
    "unarchive": _check_marks,
    "delete": _check_marks,
    "snooze": _check_snooze,
    "subscribe": _check_interest,
    "unsubscribe": _check_interest,
    "sync": _check_since,
    "page": _check_page,
}


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_INTEGER  # bool is an int, but no count


def _count(name: str, value: Any) -> int:
    if not _is_count(value):
        _bad(f'"{name}" must be a whole number from 0 to {MAX_INTEGER}.')
    return int(value)


def _bad(message: str) -> NoReturn:
    raise ProtocolError(ErrorCode.BAD_REQUEST, message)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# --- to the client --------------------------------------------------------------------------------


def encode(frame: Any) -> str:
    """Compact JSON, which is valid UTF-8 whatever the strings hold."""
    text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair: JSON can say it, UTF-8 cannot
        return json.dumps(frame, separators=(",", ":"))
    return text


def event_body(fields: Mapping[str, Any]) -> str:
    """What all recipients of an event share: encoded once, without the braces around it."""
    return encode(fields)[1:-1]


def encode_new_item(id: int, rev: int, seq: int, occurrences: int, body: str) -> str:
    """An item as it arrives: unread, unseen, in the list. Only the numbers are one's own."""
    return (
        f'{{"id":{id},"rev":{rev},"seq":{seq},"occurrences":{occurrences},"read":false,'
        f'"seen":false,"archived":false,"deleted":false,"snoozed":false,{body}}}'
    )


def encode_put(rev: int, since: int, unread: int, unseen: int, items: list[str]) -> str:
    """The push that brings items and moves the reader from ``since`` to ``rev``."""
    start = "" if since == rev - 1 else f'"from":{since},'
    return f'{{"rev":{rev},{start}"unread":{unread},"unseen":{unseen},"put":[{",".join(items)}]}}'


def encode_heartbeat(rev: int) -> str:
    """The number alone. Its reader answers, and asks for what it has missed."""
    return f'{{"rev":{rev}}}'


def encode_bye(code: Close, reason: str, retry: tuple[float, float] | None = None) -> str:
    """The last frame: why, and between how many seconds to wait before coming back."""
    bye: Frame = {"code": int(code), "reason": reason}
    if retry is not None:
        bye["retry"] = list(retry)
    return encode({"bye": bye})
