"""The conversation with one client: its frames in, and the answers out."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any

from realtime_notify.conf import settings
from realtime_notify.credentials import Credentials
from realtime_notify.live import limits, turns
from realtime_notify.live.asgi import Receive, Scope, Send
from realtime_notify.live.greeting import running_greeter
from realtime_notify.live.hello import Hello, internal
from realtime_notify.live.languages import language_of
from realtime_notify.servers import raw_writer, stop_reading
from realtime_notify.wire import commands
from realtime_notify.wire.commands import Command
from realtime_notify.wire.connection import Connection, State
from realtime_notify.wire.counters import counters
from realtime_notify.wire.hub import Hub
from realtime_notify.wire.pace import Retry
from realtime_notify.wire.protocol import Close, ErrorCode, ProtocolError
from realtime_notify.wire.window import SendWindow

logger = logging.getLogger(__name__)

BYE_TIMEOUT = 1.0  # seconds, for a client that does not read when the conversation ends
NEVER = 1e9  # seconds, for a timeout of 0
MAX_PROTOCOL_ERRORS = 10  # frames that are not even JSON, before the client is sent away


class Conversation:
    """Reads what one client sends, and carries it out, one command after the other."""

    __slots__ = (
        "_allowance",
        "_commands",
        "_connection",
        "_hub",
        "_no_hello",
        "_protocol_errors",
        "_receive",
        "_scope",
        "_user",
        "_working",
    )

    def __init__(self, hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
        window = SendWindow(settings.SEND_WINDOW_FRAMES, settings.SEND_WINDOW_BYTES)
        self._hub = hub
        self._scope = scope
        self._user: Any = None  # the primary key, once a hello has told
        self._connection = Connection(send, window, raw_writer(scope))
        self._receive = receive
        self._no_hello: asyncio.TimerHandle | None = None
        self._commands: deque[Command] | None = None
        self._working: asyncio.Task[None] | None = None
        self._allowance = limits.Allowance()
        self._protocol_errors = 0

    async def run(self) -> None:
        """Talk until one side closes."""
        connection = self._connection
        self._no_hello = asyncio.get_running_loop().call_later(
            settings.HELLO_TIMEOUT or NEVER, connection.close, Close.NO_HELLO, "no hello in time"
        )
        self._hub.open(connection)
        try:
            async with asyncio.timeout(None) as connection.deadline:
                while (message := await self._receive())["type"] == "websocket.receive":
                    if connection.state is not State.CLOSING:
                        self._on_frame(message.get("text"))
        except TimeoutError:
            pass  # the client does not complete the close; returning ends it
        except limits.TooFast:
            await self._say_bye(Close.TOO_FAST, "too fast", limits.RETRY_TOO_FAST)
            # It goes on sending. Nobody reads that any more, and it has a moment to read why.
            stop_reading(self._scope)
            await asyncio.sleep(BYE_TIMEOUT)
        except asyncio.CancelledError:
            # The server is shutting down. Hypercorn 0.18 cancels conversations before it sends the
            # lifespan event, so the hub has not been drained.
            await self._say_bye(Close.DRAINING, "draining", self._hub.drain.retry)
            raise
        finally:
            self._hub.remove(connection)
            if self._no_hello is not None:
                self._no_hello.cancel()
            if self._working is not None:
                self._working.cancel()

    async def _say_bye(self, code: Close, reason: str, retry: Retry) -> None:
        """Close the connection, and write that at once: the conversation is about to end."""
        self._connection.deadline = None  # ended with the conversation
        self._connection.close(code, reason, retry)
        try:
            async with asyncio.timeout(BYE_TIMEOUT):
                await self._connection.write()
        except TimeoutError:
            logger.debug("User %s reads no bye; leaving without it.", self._user)

    def _on_frame(self, text: str | None) -> None:
        """Take a frame: a pong at once, a command in its turn.

        Raises:
            limits.TooFast: the client goes on sending, though it was told to wait.
        """
        try:
            # Before it is parsed: wrong frames cost no less than right ones.
            wait = self._allowance.charge_frame()
            if text is None:
                raise ProtocolError(ErrorCode.BAD_JSON, "Frames are text, not bytes.")
            command = commands.parse(text, settings.MAX_FRAME_BYTES)
            if command.name == "rev" and self._connection.pong(command.args.get("beat")):
                self._allowance.give_back()
                return
            if wait is not None:
                raise limits.too_many_frames(command.id, wait)
            self._enqueue(command)
        except ProtocolError as error:
            self._reject(error)

    def _enqueue(self, command: Command) -> None:
        """Queue a command for its turn."""
        if command.name == "rev":
            return  # a pong to no ping
        if command.name == "hello" and self._no_hello is not None:
            self._no_hello.cancel()
            self._no_hello = None
        if self._no_hello is not None:
            raise ProtocolError(
                ErrorCode.NOT_READY, "Say hello first.", id=command.id, temporary=True
            )
        if self._commands is None:
            self._commands = deque()
        elif len(self._commands) >= settings.FRAME_BURST:
            raise limits.too_many_frames(command.id, 1.0)
        self._commands.append(command)
        if self._working is None:
            self._working = asyncio.create_task(self._work())

    def _reject(self, error: ProtocolError) -> None:
        if error.code in (ErrorCode.BAD_JSON, ErrorCode.TOO_LARGE):
            self._protocol_errors += 1
        if self._protocol_errors >= MAX_PROTOCOL_ERRORS:
            self._connection.close(Close.PROTOCOL_ERROR, "this is not protocol rn.1")
        else:
            self._connection.complain(error.frame())

    # --- commands ---

    async def _work(self) -> None:
        """Carry out what is queued. The task ends when nothing is."""
        connection = self._connection
        try:
            while self._commands:
                # A reader that does not read gets no more answers to queue.
                await connection.drain()
                if connection.state is State.CLOSING:
                    return
                await self._carry_out(self._commands.popleft())
        finally:
            self._commands = self._working = None

    async def _carry_out(self, command: Command) -> None:
        if command.name == "hello":
            await self._greet(command)
            return
        connection = self._connection
        if command.name == "sync":
            connection.cork()
        try:
            self._allowance.require_bytes()
            frame, text = await turns.carry_out(self._user, command, connection.language)
        except ProtocolError as error:
            error.id = command.id
            connection.reject(error.frame())
        except Exception:
            logger.exception(
                "Command %r of user %s failed; answering with an error.", command.name, self._user
            )
            connection.reject(internal(command.id).frame())
        else:
            self._allowance.charge_bytes(connection.reply(frame, text))
            counters.commands[command.name] += 1
        # Until a hello has succeeded, it is unknown where the reader is.
        if command.name == "sync" and connection.announced_rev >= 0:
            connection.uncork()

    async def _greet(self, command: Command) -> None:
        if self._user is None:
            self._connection.language = language_of(self._scope)
        shown = Credentials(self._scope, command.args.get("ticket"))
        hello = Hello(self._connection, command, shown, self._allowance, self._user)
        await running_greeter().greet(hello)
        self._user = hello.user
        if self._user is not None:
            # Nobody asks for them again, and they are a tenth of what an idle connection costs.
            self._scope["headers"] = ()
