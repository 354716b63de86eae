"""uvicorn's WebSockets with a raw writer::

    uvicorn --ws realtime_notify.servers.uvicorn:WebSocketProtocol mysite.asgi:application

Sockets are not compressed: for each of them that would cost more memory than all the rest, and
frames of a few hundred bytes have little to gain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from realtime_notify.servers import EXTENSION, READ_SIZE
from realtime_notify.servers.framing import text_frame


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One socket. It is its own raw writer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn.available_extensions = []

    async def run_asgi(self) -> None:
        """Run the application, and offer it the raw writer."""
        self.scope["extensions"][EXTENSION] = self  # type: ignore[typeddict-unknown-key]
        # A transport of asyncio; that of uvloop cannot be told.
        if hasattr(self.transport, "max_size"):
            self.transport.max_size = READ_SIZE
        await super().run_asgi()

    def write(self, chunks: Sequence[bytes]) -> bool:
        """Write a frame of text; return False if ASGI's send has to do it.

        Args:
            chunks: the UTF-8 of the text, in parts.
        """
        transport = self.transport
        if (
            self.close_sent
            or not self.handshake_complete
            or not self.writable.is_set()
            or transport.is_closing()
        ):
            return False
        transport.write(text_frame(chunks))
        return True

    def stop_reading(self) -> None:
        """Read nothing more. The socket is closed when the application has returned."""
        self.transport.pause_reading()
