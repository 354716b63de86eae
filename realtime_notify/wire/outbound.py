"""Messages on their way out: to the listeners in this process, and to the channel layer.

Messages leave in order through one event loop: the hub's if this process has one, otherwise that of
one background thread. (A new loop for each call would open a new connection to Redis each time.)
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import socket
import threading
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any

from channels.layers import get_channel_layer

from realtime_notify.clock import monotonic
from realtime_notify.wire.hosts import host_of

logger = logging.getLogger(__name__)

Message = dict[str, Any]

QUEUE_LIMIT = 10_000
SEND_TIMEOUT = 2.0
TRIES = 4  # a restart of Redis leaves broken connections in the layer's pool
PAUSE_AFTER_FAILURE = 1.0
WARN_EVERY = 60.0
EXIT_TIMEOUT = 3.0


class Listener:
    """Receives every message of this process at once, without the channel layer.

    Args:
        on_message: called with each message, in the thread that sends it.
        loop: an event loop that may be used to send messages; None if there is none.
    """

    def __init__(
        self, on_message: Callable[[Message], None], loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        self.on_message = on_message
        self.loop = loop


def listen(listener: Listener) -> None:
    """Let a listener receive what this process sends from now on."""
    queue.listeners.append(listener)


def unlisten(listener: Listener) -> None:
    """Let a listener receive nothing any more."""
    if listener in queue.listeners:
        queue.listeners.remove(listener)


def is_own(message: Message) -> bool:
    """Return whether this process sent the message, so that its listeners have received it."""
    return message.get("origin") == queue.origin


class _BackgroundLoop(asyncio.SelectorEventLoop):
    """A loop that resolves names without an executor; nothing else runs on it that could wait.

    The interpreter shuts executors down before it exits, which is when a management command sends
    its last messages.
    """

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        return socket.getaddrinfo(host, port, **options)


class OutboundQueue:
    """The messages of one process that wait, and the task that sends them to the channel layer."""

    def __init__(self) -> None:
        self.origin = uuid.uuid4().hex
        """Marks the messages of this process."""
        self.listeners: list[Listener] = []
        """Those who receive what this process sends, without the channel layer."""
        self._queue: deque[tuple[str, Message]] = deque()
        self._idle = threading.Condition()
        self._sending_loop: asyncio.AbstractEventLoop | None = None
        self._background: asyncio.AbstractEventLoop | None = None
        self._broken_until: dict[int, float] = {}  # by the host of the layer
        self._warned = -WARN_EVERY
        self._task: asyncio.Task[None] | None = None  # the loop itself keeps no reference

    def send(self, message: Message, parts: list[tuple[str, Message]]) -> None:
        """Hand a message to the listeners, and queue its parts for their groups. Never raises."""
        for listener in tuple(self.listeners):
            try:
                listener.on_message(message)
            except Exception:
                logger.exception("A listener failed; the next heal query brings the change.")
        try:
            if get_channel_layer() is None:
                return
            with self._idle:
                for group, part in parts:
                    if len(self._queue) >= QUEUE_LIMIT:
                        self._warn("the queue is full")
                        break
                    self._queue.append((group, {**part, "origin": self.origin}))
                self._start()
        except Exception:
            logger.exception("Pushing a change failed; the next heal query brings it.")

    def flush(self, timeout: float) -> bool:
        """Wait until the queue is empty; False if it is not within `timeout` seconds."""
        with self._idle:
            return self._idle.wait_for(self._is_idle, timeout)

    def _is_idle(self) -> bool:
        if self._sending_loop is not None and self._sending_loop.is_closed():
            self._start()  # its loop was closed under it, as a test's is: another takes over
        return self._sending_loop is None

    def _start(self) -> None:
        """Start emptying the queue. The caller holds the lock."""
        if self._sending_loop is not None and not self._sending_loop.is_closed():
            return
        self._sending_loop = None
        while self._queue and self._sending_loop is None:
            loop = self._loop()
            try:
                loop.call_soon_threadsafe(self._spawn, loop)
            except RuntimeError:  # closed this moment
                continue
            self._sending_loop = loop

    def _loop(self) -> asyncio.AbstractEventLoop:
        for listener in self.listeners:
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
                    letters = self._take()
                await self._send(letters)
        finally:
            with self._idle:
                self._sending_loop = None
                self._start()  # cancelled with its loop: another takes over what is left
                self._idle.notify_all()

    def _take(self) -> list[tuple[str, Message]]:
        """Take the next message off the queue, or all for a layer that sends them together."""
        if not hasattr(get_channel_layer(), "send_gathered"):
            return [self._queue.popleft()]
        letters = list(self._queue)
        self._queue.clear()
        return letters

    async def _send(self, letters: list[tuple[str, Message]]) -> None:
        layer = get_channel_layer()
        if layer is None:
            return
        host = host_of(layer, letters[0][0])
        if monotonic() < self._broken_until.get(host, 0.0):
            return
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                await _send_with_retries(layer, letters)
        except Exception as error:
            # Each message to a dead host would wait its full time, and those to others behind it.
            self._broken_until[host] = monotonic() + PAUSE_AFTER_FAILURE
            self._warn(f"{type(error).__name__}: {error}".rstrip(": ."))

    def _warn(self, reason: str) -> None:
        now = monotonic()
        if now - self._warned >= WARN_EVERY:
            self._warned = now
            logger.warning(
                "The channel layer takes no messages (%s). Until it does, the heal query brings "
                "every change to the browsers.",
                reason,
            )


async def _send_with_retries(layer: Any, letters: list[tuple[str, Message]]) -> None:
    for _ in range(TRIES - 1):
        try:
            await _send(layer, letters)
            return
        except Exception as error:
            groups = ", ".join(group for group, _ in letters[:3])
            logger.debug("Sending to group %s failed: %r; trying again.", groups, error)
    await _send(layer, letters)


async def _send(layer: Any, letters: list[tuple[str, Message]]) -> None:
    if hasattr(layer, "send_gathered"):
        await layer.send_gathered(letters)
        return
    for group, message in letters:
        await layer.group_send(group, message)


queue = OutboundQueue()
"""The queue of this process."""


def _after_fork() -> None:
    """Start afresh: a forked process has neither its parent's thread nor its loops."""
    global queue
    queue = OutboundQueue()


def _at_exit() -> None:
    queue.flush(EXIT_TIMEOUT)


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
