"""uvicorn and Daphne with a raw writer: frames of text that go straight to the socket.

ASGI's ``send`` costs a coroutine, a dictionary and the server's own framing for each frame, which
is more than the rest of a push. The classes in here are the servers' own and offer one thing more::

    scope["extensions"]["realtime_notify"].write(chunks)

It is for applications of any kind; those that do not know it are served as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

EXTENSION = "realtime_notify"

READ_SIZE = 4096
"""Bytes that are read from a socket at once. Servers take what they have read apart in one go: 64
KiB may be thousands of frames, for which nobody else gets a turn."""


def stop_reading(scope: dict[str, Any]) -> None:
    """Read nothing more from a socket that is being closed, if its server can.

    Whoever floods a server goes on when it is asked to close, and each frame has to be taken apart.
    """
    extension = (scope.get("extensions") or {}).get(EXTENSION)
    if extension is not None:
        extension.stop_reading()


def raw_writer(scope: dict[str, Any]) -> Callable[[Sequence[bytes]], bool] | None:
    """Return the raw writer of a socket: the `write` below; None if its server has none.

    ``write(chunks)`` writes one frame of text, whose UTF-8 the chunks make together. It returns
    False, and has written nothing, if ASGI's ``send`` has to do it: because the socket is closing,
    or its reader does not keep up and ``send`` is to wait.
    """
    extension = (scope.get("extensions") or {}).get(EXTENSION)
    return None if extension is None else extension.write
