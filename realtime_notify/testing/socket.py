"""A WebSocket inside the test's own process: the real conversation and hub, without a server."""

from __future__ import annotations

import json
from typing import Any

from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser

from realtime_notify.conf import settings
from realtime_notify.live.asgi import ASGIApplication
from realtime_notify.live.routing import websocket_application
from realtime_notify.testing.session import Frame
from realtime_notify.wire.protocol import SUBPROTOCOL

Headers = tuple[tuple[bytes, bytes], ...]


class Closed(AssertionError):
    """The server closed the socket. `code` says why; see `realtime_notify.wire.protocol.Close`."""

    def __init__(self, code: int) -> None:
        super().__init__(f"The server closed the socket with code {code}.")
        self.code = code


class Socket:
    """Carries frames, and knows nothing of what they mean."""

    def __init__(
        self, user: Any, headers: Headers, application: ASGIApplication | None, timeout: float
    ) -> None:
        self._timeout = timeout
        self._communicator = WebsocketCommunicator(
            application or websocket_application(),
            settings.WEBSOCKET_PATH,
            list(headers),
            [SUBPROTOCOL],
        )
        if user is not None or not headers:
            self._communicator.scope["user"] = AnonymousUser() if user is None else user

    async def connect(self) -> None:
        """Open the socket.

        Raises:
            Closed: the server refused it.
            AssertionError: the server does not speak the protocol.
        """
        accepted, answer = await self._communicator.connect(timeout=self._timeout)
        if not accepted:
            raise Closed(answer)
        if answer != SUBPROTOCOL:
            raise AssertionError(f"The server speaks {answer!r}, not {SUBPROTOCOL!r}.")

    async def disconnect(self) -> None:
        """Close the socket, like a browser that leaves the page. May be called again."""
        server = self._communicator.future
        if not server.done():
            await self._communicator.disconnect(timeout=self._timeout)
        elif not server.cancelled():  # a wait that timed out has cancelled it
            server.result()

    def kill(self) -> None:
        """End the server's side without a word, as servers do at their end."""
        self._communicator.future.cancel()

    async def send(self, frame: Frame | str | bytes) -> None:
        """Send a frame as it is, right or wrong."""
        if isinstance(frame, bytes):
            await self._communicator.send_to(bytes_data=frame)
        else:
            text = frame if isinstance(frame, str) else json.dumps(frame)
            await self._communicator.send_to(text_data=text)

    async def receive(self) -> Frame:
        """Return the next frame.

        Raises:
            Closed: the server closed the socket.
            TimeoutError: nothing came in time.
        """
        message = await self._communicator.receive_output(self._timeout)
        if message["type"] == "websocket.close":
            raise Closed(message["code"])
        frame: Frame = json.loads(message["text"])
        return frame

    async def receive_nothing(self, seconds: float) -> bool:
        """Tell whether nothing comes for a while."""
        return bool(await self._communicator.receive_nothing(seconds))
