"""uvicorn's WebSockets with a raw writer, in half the memory::

    uvicorn --ws realtime_notify.servers.uvicorn:WebSocketProtocol mysite.asgi:application

Sockets are not compressed: that would cost each of them more memory than all the rest, and frames
of a few hundred bytes have little to gain.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode

from realtime_notify.servers import EXTENSION, READ_SIZE
from realtime_notify.servers.framing import text_frame
from realtime_notify.servers.slim import SlimEvent, SlimQueue


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One socket. It is its own raw writer."""

    # The attributes that uvicorn sets. So many in a dictionary take four times the memory; any that
    # is missing here, as in another version, is kept in one.
    __slots__ = (
        "app",
        "app_state",
        "asgi_version",
        "client",
        "close_sent",
        "close_timeout",
        "close_timer",
        "config",
        "conn",
        "connections",
        "curr_msg_data_type",
        "default_headers",
        "disconnected",
        "frames",
        "handshake_complete",
        "handshake_initiated",
        "initial_response",
        "last_ping_rtt",
        "logger",
        "loop",
        "pending_ping_payload",
        "ping_interval",
        "ping_sent_at",
        "ping_timeout",
        "ping_timer",
        "pong_timer",
        "queue",
        "read_paused",
        "request",
        "response",
        "root_path",
        "scheme",
        "scope",
        "server",
        "tasks",
        "transport",
        "writable",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn.available_extensions = []
        self.queue = SlimQueue()  # type: ignore[assignment]
        self.writable = SlimEvent()  # type: ignore[assignment]
        self.writable.set()

    def run_asgi(self) -> Coroutine[Any, Any, None]:
        """Run the application, and offer it the raw writer."""
        self.scope["extensions"][EXTENSION] = self  # type: ignore[assignment]
        # A transport of asyncio; that of uvloop cannot be told.
        if hasattr(self.transport, "max_size"):
            self.transport.max_size = READ_SIZE
        return super().run_asgi()

    def start_keepalive(self) -> None:
        """Begin to send pings. The handshake is over; what it needed is let go."""
        super().start_keepalive()
        self.request.headers.clear()  # the parser holds the request
        del self.request, self.response

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message to the application; text that is not UTF-8 ends the socket.

        uvicorn would log a traceback of each, and so let any client fill the log.
        """
        if self.curr_msg_data_type == "text" and not self.close_sent:
            data = b"".join(self.frames)
            try:
                data.decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(CloseCode.INVALID_DATA)
                self.handle_parser_exception()
                return
            self.frames = [data]
        super().send_receive_event_to_app()

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
        # uvicorn would wait ten seconds for the answer to its close, which nobody is to read.
        if self.close_timer is not None:
            self.close_timer.cancel()
            self.close_timer = None
