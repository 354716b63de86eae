"""The lifespan of a server process: the ASGI application of its startup and shutdown.

uvicorn, Hypercorn and Granian speak this protocol
(https://asgi.readthedocs.io/en/latest/specs/lifespan.html); Daphne does not.
"""

from __future__ import annotations

from realtime_notify.live.asgi import Receive, Scope, Send
from realtime_notify.wire.hub import drain_running_hub


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """Complete the startup at once, and the shutdown when every client was asked to reconnect."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await drain_running_hub()
            await send({"type": "lifespan.shutdown.complete"})
            return
