"""The conversation with one browser.

A plain ASGI application. A Channels consumer would hop through the one thread that all consumers
share for every message, pushes included, so that one slow query stalls everybody.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from math import ceil
from time import monotonic
from typing import Any

from realtime_notify.conf import settings
from realtime_notify.live import backend, identity, origin
from realtime_notify.wire import encoding, protocol
from realtime_notify.wire.connection import Connection, Window
from realtime_notify.wire.hub import RETRY_AFTER_DRAIN, Hub, running_hub
from realtime_notify.wire.protocol import Close, Command, ErrorCode, ProtocolError
from realtime_notify.wire.threads import in_thread
from realtime_notify.wire.vocabulary import Frame

logger = logging.getLogger(__name__)

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApplication = Callable[[Scope, Receive, Send], Awaitable[None]]

NEVER = 1e9  # seconds, for a timeout of 0
MAX_STRIKES = 10  # frames that are not even JSON, before the sender is taken for something else


async def notifications(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one WebSocket: the ASGI application behind `WEBSOCKET_PATH`."""
    if not await _accept(scope, receive, send):
        return
    try:
        who = await _admit(scope)
    except Refusal as refusal:
        await _refuse(send, refusal)
    else:
        await Conversation(running_hub(backend.backend), who, receive, send).run()


class Refusal(Exception):
    """Why somebody is not let in."""

    def __init__(self, code: Close, reason: str, retry: tuple[float, float] | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.retry = retry


async def _admit(scope: Scope) -> identity.Identity:
    """Return who is behind a socket that may be opened, or raise Refusal."""
    if not origin.is_allowed(scope):
        raise Refusal(Close.NOT_ALLOWED, "this origin may not connect")
    try:
        who = await in_thread("commands", identity.of_scope, scope)
    except Exception:
        logger.exception("It could not be found out who wants to connect.")
        raise Refusal(Close.DRAINING, "not available", RETRY_AFTER_DRAIN) from None
    if who is None:
        raise Refusal(Close.NOT_SIGNED_IN, "sign in first")
    hub = running_hub(backend.backend)
    if hub.draining:
        raise Refusal(Close.DRAINING, "draining", RETRY_AFTER_DRAIN)
    if len(hub.connections(str(who.pk))) >= settings.MAX_CONNECTIONS_PER_USER:
        raise Refusal(Close.TOO_MANY_CONNECTIONS, "too many connections")
    return who


async def refuse_unknown_path(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer whoever asks for a path where nothing is."""
    if await _accept(scope, receive, send):
        await _refuse(send, Refusal(Close.PROTOCOL_ERROR, "there is nothing at this path"))


async def _accept(scope: Scope, receive: Receive, send: Send) -> bool:
    """Accept first, whoever it is: a browser cannot see why an upgrade is refused."""
    if (await receive())["type"] != "websocket.connect":
        return False
    offered = protocol.SUBPROTOCOL in scope.get("subprotocols", ())
    subprotocol = protocol.SUBPROTOCOL if offered else None
    await send({"type": "websocket.accept", "subprotocol": subprotocol})
    return True


async def _refuse(send: Send, refusal: Refusal) -> None:
    bye = encoding.encode_bye(refusal.code, refusal.reason, refusal.retry)
    await send({"type": "websocket.send", "text": bye})
    await send({"type": "websocket.close", "code": int(refusal.code)})


class Conversation:
    """Reads what one browser sends, and does it, one command after the other."""

    __slots__ = (
        "_allowance",
        "_allowed_at",
        "_connection",
        "_hub",
        "_no_hello",
        "_receive",
        "_strikes",
        "_todo",
        "_user",
        "_working",
    )

    def __init__(self, hub: Hub, who: identity.Identity, receive: Receive, send: Send) -> None:
        window = Window(settings.SEND_WINDOW_FRAMES, settings.SEND_WINDOW_BYTES)
        self._hub = hub
        self._user = who.pk
        self._connection = Connection(str(who.pk), who.session_key, send, window)
        self._receive = receive
        self._no_hello: asyncio.TimerHandle | None = None
        self._todo: deque[Command] | None = None
        self._working: asyncio.Task[None] | None = None
        self._allowance = float(settings.FRAME_BURST)
        self._allowed_at = monotonic()
        self._strikes = 0

    async def run(self) -> None:
        """Talk until one side closes."""
        connection = self._connection
        self._no_hello = asyncio.get_running_loop().call_later(
            settings.HELLO_TIMEOUT or NEVER, connection.close, Close.NO_HELLO, "no hello in time"
        )
        # Pushes come in from here on, before any state is read, so nothing falls between the two.
        # They are kept back until then: a connection begins corked.
        self._hub.add(connection)
        try:
            async with asyncio.timeout(None) as connection.deadline:
                while (message := await self._receive())["type"] == "websocket.receive":
                    if connection.closing is None:
                        self._take(message.get("text"))
        except TimeoutError:
            pass  # closed, but the peer does not let go: returning ends it
        finally:
            self._hub.remove(connection)
            if self._no_hello is not None:
                self._no_hello.cancel()
            if self._working is not None:
                self._working.cancel()

    def _take(self, text: str | None) -> None:
        """Take one frame: an answer to a heartbeat at once, a command in its turn."""
        try:
            if text is None:
                raise ProtocolError(ErrorCode.BAD_JSON, "Frames are text, not bytes.")
            command = protocol.parse(text, settings.MAX_FRAME_BYTES)
            if command.name == "rev" and self._connection.answer():
                return
            self._charge(command.id)
            self._put(command)
        except ProtocolError as error:
            self._complain(error)

    def _put(self, command: Command) -> None:
        """Queue a command for its turn."""
        if command.name == "rev":
            return  # answers nothing that was asked, and hurts nobody
        if command.name == "hello" and self._no_hello is not None:
            self._no_hello.cancel()
            self._no_hello = None
        if self._no_hello is not None:
            raise ProtocolError(
                ErrorCode.NOT_READY, "Say hello first.", id=command.id, temporary=True
            )
        if self._todo is None:
            self._todo = deque()
        elif len(self._todo) >= settings.FRAME_BURST:
            raise _too_fast(command.id, 1.0)
        self._todo.append(command)
        if self._working is None:
            self._working = asyncio.create_task(self._work())

    def _charge(self, id: int | None) -> None:
        """Count a frame against what this connection may send."""
        now, rate = monotonic(), settings.FRAME_RATE
        refilled = self._allowance + (now - self._allowed_at) * rate
        self._allowance = min(refilled, float(settings.FRAME_BURST)) - 1
        self._allowed_at = now
        if self._allowance < -settings.FRAME_BURST:
            self._connection.close(Close.TOO_FAST, "too fast", (5.0, 30.0))
        elif self._allowance < 0:
            raise _too_fast(id, ceil(10 * (1 - self._allowance) / rate) / 10 if rate else None)

    def _complain(self, error: ProtocolError) -> None:
        if error.code in (ErrorCode.BAD_JSON, ErrorCode.TOO_LARGE):
            self._strikes += 1
        if self._strikes >= MAX_STRIKES:
            self._connection.close(Close.PROTOCOL_ERROR, "this is not protocol rn.1")
        else:
            self._connection.reject(error.frame())

    # --- doing it ---

    async def _work(self) -> None:
        """Do what is queued. This task lives only as long as there is something."""
        connection = self._connection
        try:
            while self._todo:
                # Who does not read gets no more answers to keep, either.
                await connection.room()
                if connection.closing is not None:
                    return
                await self._do(self._todo.popleft())
        finally:
            self._todo = self._working = None

    async def _do(self, command: Command) -> None:
        connection = self._connection
        reads_state = command.name in ("hello", "sync")
        if reads_state:
            connection.cork()
        try:
            frame = await self._perform(command)
        except ProtocolError as error:
            error.id = command.id
            connection.reject(error.frame())
        except Exception:
            logger.exception("The command %r of user %s failed.", command.name, self._user)
            connection.reject(_internal(command.id).frame())
        else:
            connection.reply(frame if command.id is None else {**frame, "id": command.id})
        # Until a hello has succeeded, nobody knows where this reader is.
        if reads_state and connection.told >= 0:
            connection.uncork()

    async def _perform(self, command: Command) -> Frame:
        if command.name != "hello":
            return await in_thread(
                "commands", backend.perform, self._user, command.name, command.args
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
