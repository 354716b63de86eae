"""Daphne with a raw writer; it takes all options of Daphne::

python -m realtime_notify.servers.daphne --port 8000 mysite.asgi:application
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daphne.cli import CommandLineInterface
from daphne.server import Server as DaphneServer
from daphne.ws_protocol import WebSocketFactory
from daphne.ws_protocol import WebSocketProtocol as DaphneProtocol
from twisted.internet.tcp import Connection as TCPConnection

from realtime_notify.servers import EXTENSION, READ_SIZE
from realtime_notify.servers.framing import text_frame


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

    def stop_reading(self) -> None:
        """Read nothing more. The socket is dropped when its client does not complete the close."""
        self.transport.pauseProducing()


class Server(DaphneServer):  # type: ignore[misc]
    """Daphne's server, with sockets that have a raw writer."""

    @property
    def ws_factory(self) -> WebSocketFactory:
        """What makes a socket of a request for an upgrade. Daphne sets it when it starts."""
        return self._ws_factory

    @ws_factory.setter
    def ws_factory(self, factory: WebSocketFactory) -> None:
        factory.protocol = WebSocketProtocol
        self._ws_factory = factory

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Run the application, and offer it the raw writer of a socket."""
        if isinstance(protocol, WebSocketProtocol):
            scope["extensions"] = {EXTENSION: protocol}
            protocol.transport.bufferSize = READ_SIZE
        return super().create_application(protocol, scope)


class Command(CommandLineInterface):  # type: ignore[misc]
    """Daphne's command line."""

    server_class = Server


def _is_idle(transport: Any) -> bool:
    """Return whether a transport is a plain socket that has written all it was given."""
    return (
        isinstance(transport, TCPConnection)
        and not transport.TLS
        and not transport._tempDataLen
        and not transport.dataBuffer
        and bool(transport.connected)
        and not transport.disconnecting
    )


if __name__ == "__main__":
    Command.entrypoint()
