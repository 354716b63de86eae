"""The shapes of protocol ``rn.1``: what a frame holds, field by field.

The dictionaries are twins of the interfaces in ``frontend/src/protocol.ts``, under the same names.
``docs/protocol.md`` says what each field means to a client.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Required, TypedDict


class Thing(TypedDict):
    """The actor, action object or target of an event, as it read when the event was stored."""

    text: str
    url: str  # "" when it has none
    type: str  # its model, such as "blog.post"; "" when that model is gone
    id: str  # its primary key


class EventFields(TypedDict):
    """The fields of an item that are the same for every recipient of its event."""

    key: str
    group: str  # the type group of its type; "" when there is none
    level: str  # "info", "success", "warning" or "error"
    message: str
    description: str
    url: str
    image: str  # a picture of who did it, or of what it is about; "" when there is none
    actor: Thing | None
    verb: str  # what the actor did; "" when there is no actor
    action_object: Thing | None
    target: Thing | None
    data: Any  # any JSON
    created: str  # ISO 8601 in UTC, with milliseconds


class Item(EventFields):
    """One person's copy of an event, with its whole state."""

    id: int
    rev: int  # of its last change
    seq: int  # the rev at which it last arrived: the order of the list
    occurrences: int
    read: bool
    seen: bool
    archived: bool
    deleted: bool
    snoozed: bool


class Selection(TypedDict, total=False):
    """The items that a change is about: ``ids``, or all whose ``seq`` is at most ``upto``.

    It holds just one of the two.
    """

    ids: list[int]
    upto: int


# "from" is a keyword of Python, which the syntax of classes has no way to write.
_Start = TypedDict("_Start", {"from": int}, total=False)


class Change(_Start, total=False):
    """What a frame says has changed.

    ``from`` is the rev that the frame starts at; without it, a change starts at ``rev - 1``.
    """

    put: list[Item]  # these arrived, or are as they stand here
    read: Selection
    seen: Selection
    archive: Selection
    delete: Selection
    snooze: Selection


class Frame(Change, total=False):
    """A push, or the answer to a command.

    Without ``unread`` it is a heartbeat if it has ``beat``, else a page.
    """

    rev: Required[int]  # of the inbox, after this frame
    id: int  # of the command it answers
    unread: int  # the counters of the inbox at `rev`
    unseen: int
    inbox: str  # whose rev it is; in resets and in the answers to hello and sync
    reset: bool  # the client forgets everything it holds
    next: str | None  # the cursor of the page below; None at the end of the list
    subscribed: bool  # answers subscribe and unsubscribe
    ping: float  # answers hello: seconds between heartbeats
    beat: str  # in heartbeats: the client sends it back, which proves that it has read so far
    age: int  # in heartbeats: seconds since the last comparison with the database, if too many


class Problem(TypedDict, total=False):
    """Why a command was refused."""

    code: Required[str]  # an `ErrorCode`
    message: Required[str]
    temporary: Required[bool]  # whether the same command may work later
    retry: float  # seconds to wait before trying again


class ErrorFrame(TypedDict):
    """The answer to a command that was refused."""

    id: int | None  # None when the frame had no id that could be read
    error: Problem


class Bye(TypedDict, total=False):
    """Why the server closes the connection, right after this."""

    code: Required[int]  # a `Close`
    reason: Required[str]
    retry: list[float]  # come back after a random time between these two, in seconds


class ByeFrame(TypedDict):
    """The last frame of a connection."""

    bye: Bye


class Recipient(NamedTuple):
    """One recipient of a push, with what is that person's alone.

    A channel layer carries it as a list, in this order.
    """

    user: str
    """The user's primary key, as text."""
    id: int
    """The notification's primary key."""
    rev: int
    seq: int
    occurrences: int
    unread: int
    """The counters of the inbox at `rev`."""
    unseen: int
