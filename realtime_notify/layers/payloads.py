"""Messages of a process in as few payloads of NOTIFY as they need, each within PostgreSQL's limit.

What fits into one payload travels as it is. Where more has gathered, pushes shrink to a *wake-up*,
which names the users whose inboxes changed: the hubs ask the database about them at once, by the
heal query, and the rows say the rest. So neither a large message nor a crowd has a size.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from realtime_notify.keys import EVERYONE

Message = dict[str, Any]
Letter = tuple[str, Message]
"""A message, and the group that it is for."""

LIMIT = 7999
"""Bytes of a payload; PostgreSQL's own, for it has to be shorter than 8000:
https://www.postgresql.org/docs/current/sql-notify.html"""
MOST_WOKEN = 100
"""Users that one wake-up names. For more of them it is meant for everybody who is connected."""
MOST_DOUBTED = 50
"""Users whose keys one wake-up doubts. For more of them there is another wake-up."""


def wake_up(users: list[str] | None, keys_of: list[str] | None = None, **marks: Any) -> Message:
    """Return the message that has hubs compare inboxes with the database.

    Args:
        users: whose inboxes changed; None for those of everybody.
        keys_of: whose subscriptions changed.
        marks: what else the message carries.
    """
    return {"type": "rn.wake", "users": users, "keys_of": keys_of or [], **marks}


def pack(letters: list[Letter]) -> Iterator[str]:
    """Yield payloads that carry these letters, in order, or wake-ups in place of them.

    A letter that is not about an inbox is left out if it exceeds the limit by itself.
    """
    whole = _encode(letters)
    if _fits(whole):
        yield whole
        return
    gathered: list[Letter] = []
    for letter in _conflate(letters):
        if gathered and not _fits(_encode([*gathered, letter])):
            yield _encode(gathered)
            gathered = []
        if _fits(_encode([letter])):
            gathered.append(letter)
    if gathered:
        yield _encode(gathered)


def unpack(payload: str) -> list[Letter]:
    """Return the letters of a payload.

    Raises:
        ValueError: it is none of ours.
    """
    letters = json.loads(payload)
    if not isinstance(letters, list):
        raise ValueError(f"A payload is a list of letters, not {payload[:80]!r}.")
    return [(str(group), dict(message)) for group, message in letters]


def fits(letter: Letter) -> bool:
    """Tell whether a letter can travel as it is."""
    return _fits(_encode([letter]))


def _conflate(letters: Iterable[Letter]) -> Iterator[Letter]:
    """Replace what only repeats the rows by wake-ups, which go first; keep the rest, once each."""
    woken: dict[str, None] = {}
    doubted: dict[str, None] = {}
    rest: dict[str, Letter] = {}
    origin = None
    for group, message in letters:
        origin = message.get("origin", origin)
        match message["type"]:
            case "rn.put":
                woken.update((recipient[0], None) for recipient in message["to"])
            case "rn.change":
                woken[message["user"]] = None
            case "rn.keys":
                doubted[message["user"]] = None
            case _:
                letter = (group, _shorten(message))
                rest[_encode([letter])] = letter
    if woken:
        users = list(woken) if len(woken) <= MOST_WOKEN else None
        letter = (EVERYONE, wake_up(users, origin=origin))
        yield letter if fits(letter) else (EVERYONE, wake_up(None, origin=origin))
    names = list(doubted)
    for start in range(0, len(names), MOST_DOUBTED):
        some = names[start : start + MOST_DOUBTED]
        yield EVERYONE, wake_up([], some, origin=origin)
    yield from rest.values()


def _shorten(message: Message) -> Message:
    """Address a broadcast of many keys to everybody: each inbox takes in only what it lacks."""
    if message["type"] == "rn.broadcast" and not fits((EVERYONE, message)):
        return {**message, "keys": []}
    return message


def _encode(letters: list[Letter]) -> str:
    return json.dumps(letters, separators=(",", ":"), ensure_ascii=False)


def _fits(payload: str) -> bool:
    return len(payload.encode()) <= LIMIT
