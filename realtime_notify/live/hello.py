"""A hello on its way to its answer."""

from __future__ import annotations

import asyncio
from typing import Any

from realtime_notify.credentials import Credentials, Identity
from realtime_notify.live.limits import Allowance
from realtime_notify.wire.commands import Command
from realtime_notify.wire.connection import Connection, State
from realtime_notify.wire.counters import counters
from realtime_notify.wire.pace import Retry
from realtime_notify.wire.protocol import Close, ErrorCode, ProtocolError
from realtime_notify.wire.vocabulary import Frame


class Hello:
    """A hello that waits for its answer, and how its client gets it.

    Args:
        connection: on which it came.
        command: the hello itself.
        shown: what the client shows to say who it is.
        allowance: what the client may still ask for.
        user: the primary key of who says it, if an earlier hello has told.
    """

    __slots__ = ("allowance", "answered", "command", "connection", "shown", "user")

    def __init__(
        self,
        connection: Connection,
        command: Command,
        shown: Credentials,
        allowance: Allowance,
        user: Any,
    ) -> None:
        self.connection = connection
        self.command = command
        self.shown = shown
        self.allowance = allowance
        self.user = user
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the conversation may go on; cancelled when the client has gone."""

    @property
    def is_awaited(self) -> bool:
        """Whether its client is still there, and has no answer yet."""
        return not self.answered.done() and self.connection.state is not State.CLOSING

    def admit(self, who: Identity) -> None:
        """Let the client in."""
        self.user = who.pk
        self.connection.admit(str(who.pk), who.session_key, who.expires)
        self.allowance.belongs_to(self.connection.user)

    def begin(self) -> bool:
        """Keep the pushes from now on, and return whether the user may ask for more."""
        try:
            self.allowance.require_bytes()
        except ProtocolError as error:
            self.reject(error)
            return False
        self.connection.cork()
        return True

    def reply(self, frame: Frame, text: str) -> None:
        """Answer with the state of the inbox, and let the pushes flow."""
        counters.greeted += 1
        self.allowance.charge_bytes(self.connection.reply(frame, text))
        self.connection.uncork()
        self._end()

    def reject(self, error: ProtocolError) -> None:
        """Answer with an error. The connection stays open, and its client may say hello again."""
        error.id = self.command.id
        self.connection.reject(error.frame())
        # Until a hello has succeeded, it is unknown where the reader is.
        if self.connection.announced_rev >= 0:
            self.connection.uncork()
        self._end()

    def send_away(self, code: Close, reason: str, retry: Retry | None = None) -> None:
        """Close the connection instead of answering."""
        self.connection.close(code, reason, retry)
        self._end()

    def _end(self) -> None:
        if not self.answered.done():
            self.answered.set_result(None)


def internal(id: int | None) -> ProtocolError:
    """Return the error that answers a command whose failure is ours."""
    message = "Something went wrong here. Try again."
    return ProtocolError(ErrorCode.INTERNAL, message, id=id, temporary=True)
