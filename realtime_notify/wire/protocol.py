"""Protocol ``rn.1``: its codes, its errors and its bounds.

``docs/protocol.md`` is the specification. `vocabulary` holds the shapes of frames, `commands` reads
those of clients, and `encoding` writes those of the server.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

from realtime_notify.wire.vocabulary import ErrorFrame, Problem

SUBPROTOCOL = "rn.1"
MAX_INTEGER = 2**53 - 1  # the largest integer that JavaScript represents exactly
MAX_IDS = 1000
MAX_ANSWER_BYTES = 512 * 1024  # Daphne throws away a frame of more than a mebibyte


class Close(IntEnum):
    """Why the server closes a connection. 4000-4499: reconnect. 4500-4999: stay away."""

    DRAINING = 4001
    """The server is shutting down, is greeting too many, or cannot reach its database now."""
    NO_HELLO = 4008
    """The client has not said hello within `HELLO_TIMEOUT`."""
    TOO_MANY_CONNECTIONS = 4009
    """The user or the address has as many connections to this process as it may have."""
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
