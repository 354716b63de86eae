"""A server that is wrong on purpose: a right one, behind a proxy that distorts what it says."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from realtime_notify.wire.protocol import SUBPROTOCOL

Frame = dict[str, Any]
Distortion = Callable[[Frame], Frame | None]
HANDED_ON = ("Cookie", "Origin")
FAILURE = 1011


def misheard(text: str | bytes, mishear: Distortion) -> str | bytes:
    """Return what is understood instead of what a client said."""
    try:
        return json.dumps(mishear(json.loads(text)))
    except (ValueError, AttributeError):
        return text


@contextlib.contextmanager
def wrong_server(
    url: str,
    distort: Distortion,
    *,
    mishear: Distortion = lambda frame: frame,
    close_code: int | None = None,
    subprotocol: bool = True,
) -> Iterator[str]:
    """Give the URL of a server that is right but for one thing.

    Args:
        url: of the right server.
        distort: returns what is said instead of a frame; None for nothing.
        mishear: returns what is understood instead of a frame of the client, if that is JSON.
        close_code: what it closes with, if not with the right code.
        subprotocol: whether it selects the protocol.
    """

    def handle(client: ServerConnection) -> None:
        assert client.request is not None
        headers = {
            name: client.request.headers[name]
            for name in HANDED_ON
            if name in client.request.headers
        }
        with connect(
            url,
            additional_headers=headers,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            max_size=None,
            close_timeout=1,
        ) as server:

            def listen() -> None:
                with contextlib.suppress(ConnectionClosed):
                    for heard in client:
                        server.send(misheard(heard, mishear))
                server.close()

            listener = threading.Thread(target=listen)
            listener.start()
            with contextlib.suppress(ConnectionClosed):
                for said in server:
                    if (distorted := distort(json.loads(said))) is not None:
                        client.send(json.dumps(distorted))
            code = server.close_code or FAILURE
            client.close(close_code or (code if code != 1006 else FAILURE))
            listener.join()

    protocols = [Subprotocol(SUBPROTOCOL)] if subprotocol else None
    with serve(
        handle, "127.0.0.1", 0, subprotocols=protocols, max_size=None, close_timeout=1
    ) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{running.socket.getsockname()[1]}/ws/notifications/"
        running.shutdown()
        thread.join()
