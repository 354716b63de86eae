"""The conversation with one client: its frames in, and the answers out."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from math import ceil
from time import monotonic

from realtime_notify.conf import settings
from realtime_notify.live import backend, identity
from realtime_notify.live.asgi import Receive, Send
from realtime_notify.wire import protocol
from realtime_notify.wire.connection import Connection, State
from realtime_notify.wire.hub import RETRY_AFTER_DRAIN, Hub
from realtime_notify.wire.outlet import WriteRaw
from realtime_notify.wire.protocol import Close, Command, ErrorCode, ProtocolError
from realtime_notify.wire.threads import in_thread
from realtime_notify.wire.vocabulary import Frame
from realtime_notify.wire.window import SendWindow

logger = logging.getLogger(__name__)

BYE_TIMEOUT = 1.0  # seconds, for a client that does not read while the server shuts down
NEVER = 1e9  # seconds, for a timeout of 0
MAX_PROTOCOL_ERRORS = 10  # frames that are not even JSON, before the client is sent away


class Conversation:
    """Reads what one client sends, and carries it out, one command after the other."""

    __slots__ = (
        "_allowance",
        "_allowed_at",
        "_commands",
        "_connection",
        "_hub",
        "_no_hello",
        "_protocol_errors",
        "_receive",
        "_user",
        "_working",
    )

    def __init__(
        self,
        hub: Hub,
        who: identity.Identity,
        receive: Receive,
        send: Send,
        write_raw: WriteRaw | None = None,
    ) -> None:
        window = SendWindow(settings.SEND_WINDOW_FRAMES, settings.SEND_WINDOW_BYTES)
        self._hub = hub
        self._user = who.pk
        self._connection = Connection(str(who.pk), who.session_key, send, window, write_raw)
        self._receive = receive
        self._no_hello: asyncio.TimerHandle | None = None
        self._commands: deque[Command] | None = None
        self._working: asyncio.Task[None] | None = None
        self._allowance = float(settings.FRAME_BURST)
        self._allowed_at = monotonic()
        self._protocol_errors = 0

    async def run(self) -> None:
        """Talk until one side closes."""
        connection = self._connection
        self._no_hello = asyncio.get_running_loop().call_later(
            settings.HELLO_TIMEOUT or NEVER, connection.close, Close.NO_HELLO, "no hello in time"
        )
        # Pushes arrive from here on, before any state is read, so none falls between the two. The
        # connection keeps them until then: it begins corked.
        self._hub.add(connection)
        try:
            async with asyncio.timeout(None) as connection.deadline:
                while (message := await self._receive())["type"] == "websocket.receive":
                    if connection.state is not State.CLOSING:
                        self._on_frame(message.get("text"))
        except TimeoutError:
            pass  # the client does not complete the close; returning ends it
        except asyncio.CancelledError:
            await self._say_bye()
            raise
        finally:
            self._hub.remove(connection)
            if self._no_hello is not None:
                self._no_hello.cancel()
            if self._working is not None:
                self._working.cancel()

    async def _say_bye(self) -> None:
        """Say bye when the server cancels the conversation: it is shutting down.

        Hypercorn 0.18 does so before it sends the lifespan event, so the hub has not been drained.
        """
        self._connection.deadline = None  # ended with the conversation
        self._connection.close(Close.DRAINING, "draining", RETRY_AFTER_DRAIN)
        try:
            async with asyncio.timeout(BYE_TIMEOUT):
                await self._connection.write()
        except TimeoutError:
            logger.debug("User %s reads no bye; leaving without it.", self._user)

    def _on_frame(self, text: str | None) -> None:
        """Take a frame: a pong at once, a command in its turn."""
        try:
            if text is None:
                raise ProtocolError(ErrorCode.BAD_JSON, "Frames are text, not bytes.")
            command = protocol.parse(text, settings.MAX_FRAME_BYTES)
            if command.name == "rev" and self._connection.pong():
                return
            self._charge(command.id)
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
            raise _too_fast(command.id, 1.0)
        self._commands.append(command)
        if self._working is None:
            self._working = asyncio.create_task(self._work())

    def _charge(self, id: int | None) -> None:
        """Count a frame against the rate limit: a token bucket."""
        now, rate = monotonic(), settings.FRAME_RATE
        refilled = self._allowance + (now - self._allowed_at) * rate
        self._allowance = min(refilled, float(settings.FRAME_BURST)) - 1
        self._allowed_at = now
        if self._allowance < -settings.FRAME_BURST:
            self._connection.close(Close.TOO_FAST, "too fast", (5.0, 30.0))
        elif self._allowance < 0:
            raise _too_fast(id, ceil(10 * (1 - self._allowance) / rate) / 10 if rate else None)

    def _reject(self, error: ProtocolError) -> None:
        if error.code in (ErrorCode.BAD_JSON, ErrorCode.TOO_LARGE):
            self._protocol_errors += 1
        if self._protocol_errors >= MAX_PROTOCOL_ERRORS:
            self._connection.close(Close.PROTOCOL_ERROR, "this is not protocol rn.1")
        else:
            self._connection.reject(error.frame())

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
        connection = self._connection
        reads_state = command.name in ("hello", "sync")
        if reads_state:
            connection.cork()
        try:
            frame = await self._answer(command)
        except ProtocolError as error:
            error.id = command.id
            connection.reject(error.frame())
        except Exception:
            logger.exception(
                "Command %r of user %s failed; answering with an error.", command.name, self._user
            )
            connection.reject(_internal(command.id).frame())
        else:
            connection.reply(frame if command.id is None else {**frame, "id": command.id})
        # Until a hello has succeeded, it is unknown where the reader is.
        if reads_state and connection.announced_rev >= 0:
            connection.uncork()

    async def _answer(self, command: Command) -> Frame:
        if command.name != "hello":
            return await in_thread(
                "commands", backend.carry_out, self._user, command.name, command.args
            )
        keys, frame = await in_thread(
            "commands", backend.greet, self._user, command.args.get("since")
        )
        self._hub.set_keys(self._connection.user, keys)
        ping = settings.PING_INTERVAL
        return {**frame, "ping": int(ping) if ping == int(ping) else ping}


def _too_fast(id: int | None, retry: float | None) -> ProtocolError:
    message = "Too many frames. Slow down."
    return ProtocolError(ErrorCode.RATE_LIMITED, message, id=id, temporary=True, retry=retry)


def _internal(id: int | None) -> ProtocolError:
    message = "Something went wrong here. Try again."
    return ProtocolError(ErrorCode.INTERNAL, message, id=id, temporary=True)
