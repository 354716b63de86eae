"""Daphne with a raw writer, in half the memory; it takes all options of Daphne::

python -m realtime_notify.servers.daphne --port 8000 mysite.asgi:application
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from daphne.cli import CommandLineInterface
from daphne.server import Server as DaphneServer
from daphne.ws_protocol import WebSocketProtocol as DaphneProtocol
from twisted.internet.tcp import Connection as TCPConnection

from realtime_notify.servers import EXTENSION, READ_SIZE
from realtime_notify.servers.framing import text_frame
from realtime_notify.servers.slim import SlimQueue

HANDSHAKE = ("clean_headers", "http_headers", "http_request_data", "http_response_data")
"""Attributes of a socket that nobody reads once it is open."""


class WebSocketProtocol(DaphneProtocol):  # type: ignore[misc]  # Daphne has no types
    """One socket. It is its own raw writer."""

    def write(self, chunks: Sequence[bytes]) -> bool:
        """Write a frame of text; return False if ASGI's send has to do it.

        Args:
            chunks: the UTF-8 of the text, in parts.
        """
        if self.state != self.STATE_OPEN or self.send_queue:
            return False
        frame = text_frame(chunks)
        transport = self.transport
        if _is_idle(transport):
            # Twisted writes when the socket is next found writable, which costs three calls of the
            # system. A socket with nothing before it takes a frame at once.
            written = transport.writeSomeData(frame)
            if isinstance(written, int):
                frame = frame[written:]
        if frame:
            transport.write(frame)
        return True

    def onOpen(self) -> None:  # noqa: N802 - Daphne's name
        """Begin to exchange frames. The handshake is over; what it needed is let go."""
        super().onOpen()
        self.send_queue: list[Any] = []  # a deque has 760 bytes; Daphne writes nothing in pieces
        for name in HANDSHAKE:
            self.__dict__.pop(name, None)
        self.request.headers.clear()
        _let_go_of_http(self.transport)
        self.__dict__ = dict(self.__dict__)  # no larger than it has to be

    def stop_reading(self) -> None:
        """Read nothing more. The socket is dropped when its client does not complete the close."""
        self.transport.pauseProducing()


class Server(DaphneServer):  # type: ignore[misc]
    """Daphne's server, with sockets that have a raw writer."""

    def listen_success(self, port: Any) -> None:
        """Note where the server listens. Its options are known by now."""
        # An option of the class is not copied to each of its sockets.
        options = {}
        for name in WebSocketProtocol.CONFIG_ATTRS:
            option = getattr(self.ws_factory, name)
            options[name] = staticmethod(option) if callable(option) else option
        self.ws_factory.protocol = type("WebSocketProtocol", (WebSocketProtocol,), options)
        super().listen_success(port)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Run the application, and offer it the raw writer of a socket."""
        if not isinstance(protocol, WebSocketProtocol):
            return super().create_application(protocol, scope)
        protocol.transport.bufferSize = READ_SIZE
        messages = SlimQueue()
        scope |= {"asgi": {"version": "3.0"}, "extensions": {EXTENSION: protocol}}
        send = partial(self.handle_reply, protocol)
        application = self.application(scope=scope, receive=messages.get, send=send)
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(
            application, loop=asyncio.get_event_loop()
        )
        return messages


class Command(CommandLineInterface):  # type: ignore[misc]
    """Daphne's command line."""

    server_class = Server


def _is_plain(transport: Any) -> bool:
    """Return whether a transport is a socket, and not what encrypts for one."""
    return isinstance(transport, TCPConnection) and not transport.TLS


def _is_idle(transport: Any) -> bool:
    """Return whether a transport is a socket that has written all it was given."""
    return (
        _is_plain(transport)
        and not transport._tempDataLen
        and not transport.dataBuffer
        and bool(transport.connected)
        and not transport.disconnecting
    )


def _let_go_of_http(transport: Any) -> None:
    """Free the HTTP connection that a socket was.

    Its transport holds it as what is to be paused while much is to be written. It would then pause
    the transport, which may as well pause itself.
    """
    if _is_plain(transport):
        transport.unregisterProducer()
        transport.registerProducer(transport, True)


if __name__ == "__main__":
    Command.entrypoint()
