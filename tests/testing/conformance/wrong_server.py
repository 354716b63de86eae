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
Distortion = Callable[[Frame], Frame]
HANDED_ON = ("Cookie", "Origin")
FAILURE = 1011


@contextlib.contextmanager
def wrong_server(
    url: str, distort: Distortion, *, close_code: int | None = None, subprotocol: bool = True
) -> Iterator[str]:
    """Give the URL of a server that is right but for one thing.

    Args:
        url: of the right server.
        distort: returns what is said instead of a frame.
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
                    for said in client:
                        server.send(said)
                server.close()

            listener = threading.Thread(target=listen)
            listener.start()
            with contextlib.suppress(ConnectionClosed):
                for said in server:
                    client.send(json.dumps(distort(json.loads(said))))
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
