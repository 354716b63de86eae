"""Sending changes out: called by the verbs after a commit, from any thread.

Never raises, and never waits for the channel layer. What is sent here is a hint: a message that is
lost is found by the next heal query, so a layer that is down costs time, not notifications.

Messages leave in order through one event loop: the hub's when there is one in this process,
otherwise that of one background thread. (A new loop for each call would open a new connection to
Redis each time.)
"""

from __future__ import annotations

import asyncio
import atexit
import hashlib
import logging
import os
import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Literal

from channels.layers import get_channel_layer

from realtime_notify.keys import EVERYONE, key_group, user_group
from realtime_notify.wire.vocabulary import Frame, Recipient

logger = logging.getLogger(__name__)

Message = dict[str, Any]

QUEUE_LIMIT = 10_000
SEND_TIMEOUT = 2.0
TRIES = 4
PAUSE_AFTER_FAILURE = 1.0
WARN_EVERY = 60.0
EXIT_TIMEOUT = 3.0


def put(
    key: str,
    body: str,
    to: Sequence[Recipient],
    via: Literal["key", "users", "everyone"] = "users",
) -> None:
    """Tell recipients of a notification that was delivered to them.

    Args:
        key: the type of the event, whose group carries the message when `via` is "key".
        body: the shared part of the item, see `protocol.event_body`.
        to: the recipients, each with what is theirs alone.
        via: the recipients' own groups, the key's, or that of all server processes.
    """
    message = {"type": "rn.put", "body": body, "to": to}
    if via == "users":
        parts = [(user_group(one.user), {**message, "to": [one]}) for one in to]
    else:
        parts = [(EVERYONE if via == "everyone" else key_group(key), message)]
    _pump.send(message, parts)


def change(user_id: str, frame: Frame) -> None:
    """Tell all connections of a user about a change of their inbox."""
    _to_user(user_id, {"type": "rn.change", "user": user_id, "frame": frame})


def change_keys(user_id: str, add: Sequence[str] = (), drop: Sequence[str] = ()) -> None:
    """Tell the hubs that a connected user now hears, or no longer hears, of these keys."""
    message = {"type": "rn.keys", "user": user_id, "add": list(add), "drop": list(drop)}
    _to_user(user_id, message)


def farewell(user_id: str, session: str | None, reason: str) -> None:
    """Close the connections of a user, or only those of one session.

    Args:
        user_id: whose connections.
        session: the `session_digest` of only that session, or None.
        reason: said to the browser.
    """
    _to_user(user_id, {"type": "rn.bye", "user": user_id, "session": session, "reason": reason})


def session_digest(session_key: str) -> str:
    """What other processes are told of a session key: enough to recognise it, not to use it."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def flush(timeout: float = 5.0) -> bool:
    """Wait until everything is sent, from a thread that runs no event loop; False if it isn't."""
    return _pump.flush(timeout)


def _to_user(user_id: str, message: Message) -> None:
    _pump.send(message, [(user_group(user_id), message)])


# --- who hears it in this process -----------------------------------------------------------------


class Listener:
    """Somebody in this process who hears every message at once, without the channel layer.

    `loop` is None unless it may be used to send messages, too.
    """

    def __init__(
        self, hear: Callable[[Message], None], loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        self.hear = hear
        self.loop = loop


def listen(listener: Listener) -> None:
    """Let a listener hear what this process sends, from now on. `hear` runs in any thread."""
    _listeners.append(listener)


def unlisten(listener: Listener) -> None:
    """End what `listen` began."""
    if listener in _listeners:
        _listeners.remove(listener)


def is_own(message: Message) -> bool:
    """Whether this process sent the message, and so has heard it already."""
    return message.get("origin") == _pump.origin


_listeners: list[Listener] = []


# --- the pump -------------------------------------------------------------------------------------


class _BackgroundLoop(asyncio.SelectorEventLoop):
    """A loop that may block for a name: nobody else is on it.

    The usual way, through an executor, is closed while the interpreter exits, which is when a
    management command sends its last messages.
    """

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        return socket.getaddrinfo(host, port, **options)


class _Pump:
    """The queue of one process and whatever loop empties it."""

    def __init__(self) -> None:
        self.origin = uuid.uuid4().hex
        self._queue: deque[tuple[str, Message]] = deque()
        self._idle = threading.Condition()
        self._pumping: asyncio.AbstractEventLoop | None = None
        self._background: asyncio.AbstractEventLoop | None = None
        self._broken_until = 0.0
        self._warned = -WARN_EVERY

    def send(self, message: Message, parts: list[tuple[str, Message]]) -> None:
        try:
            for listener in tuple(_listeners):
                listener.hear(message)
            if get_channel_layer() is None or time.monotonic() < self._broken_until:
                return
            with self._idle:
                for group, part in parts:
                    if len(self._queue) >= QUEUE_LIMIT:
                        self._warn("the queue is full")
                        break
                    self._queue.append((group, {**part, "origin": self.origin}))
                self._start()
        except Exception:
            logger.exception("A change could not be pushed; browsers find it by the heal query.")

    def flush(self, timeout: float) -> bool:
        with self._idle:
            return self._idle.wait_for(self._is_idle, timeout)

    def _is_idle(self) -> bool:
        if self._pumping is not None and self._pumping.is_closed():
            self._start()  # its loop ended under it, as a test's does: what is left goes elsewhere
        return self._pumping is None

    def _start(self) -> None:
        """Have the queue emptied; the caller holds the lock."""
        if self._pumping is not None and not self._pumping.is_closed():
            return
        self._pumping = None
        while self._queue and self._pumping is None:
            loop = self._loop()
            try:
                loop.call_soon_threadsafe(self._spawn, loop)
            except RuntimeError:  # closed this moment
                continue
            self._pumping = loop

    def _loop(self) -> asyncio.AbstractEventLoop:
        for listener in _listeners:
            if listener.loop is not None and not listener.loop.is_closed():
                return listener.loop
        if self._background is None:
            self._background = _BackgroundLoop()
            threading.Thread(
                target=self._background.run_forever, name="realtime-notify-push", daemon=True
            ).start()
        return self._background

    def _spawn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._task = loop.create_task(self._run())

    async def _run(self) -> None:
        try:
            while True:
                with self._idle:
                    if not self._queue:
                        return
                    group, message = self._queue.popleft()
                await self._send(group, message)
        finally:
            with self._idle:
                self._pumping = None
                self._start()  # cancelled with its loop: hand over what is left
                self._idle.notify_all()

    async def _send(self, group: str, message: Message) -> None:
        layer = get_channel_layer()
        if layer is None:
            return
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                await _insist(layer, group, message)
        except Exception as error:
            # Each message to a dead layer would wait its full time: drop what waits, and pause.
            self._broken_until = time.monotonic() + PAUSE_AFTER_FAILURE
            with self._idle:
                self._queue.clear()
            self._warn(f"{type(error).__name__}: {error}".rstrip(": "))

    def _warn(self, reason: str) -> None:
        now = time.monotonic()
        if now - self._warned >= WARN_EVERY:
            self._warned = now
            logger.warning(
                "The channel layer takes no messages (%s). Browsers still get every change, "
                "within one heal interval.",
                reason,
            )


async def _insist(layer: Any, group: str, message: Message) -> None:
    """Send, though connections that a restart of Redis has broken wait in its pool."""
    for tries_left in reversed(range(TRIES)):
        try:
            await layer.group_send(group, message)
            return
        except Exception:
            if not tries_left:
                raise


_pump = _Pump()


def _after_fork() -> None:
    """A child process has neither its parent's thread nor its loops."""
    global _pump
    _listeners.clear()
    _pump = _Pump()


def _at_exit() -> None:
    _pump.flush(EXIT_TIMEOUT)


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
