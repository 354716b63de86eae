"""The site as `benchmarks.endurance` measures it: it tells what it holds."""

from __future__ import annotations

import asyncio
import json
import sys
import threading

from channels.layers import get_channel_layer

from asgi import application as site
from realtime_notify.live.asgi import Receive, Scope, Send
from realtime_notify.wire.hub import running_hubs


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve the site, and tell at /report/ what the process holds."""
    if scope["type"] != "http" or scope["path"] != "/report/":
        await site(scope, receive, send)
        return
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(_report()).encode()})


def _report() -> dict[str, int]:
    vitals = [hub.vitals() for hub in running_hubs()]
    return {
        "connections": sum(each.connections for each in vitals),
        "users": sum(each.users for each in vitals),
        "groups": len(get_channel_layer().groups),
        "tasks": len(asyncio.all_tasks()),
        "python_threads": threading.active_count(),
        # What the interpreter's own allocator has given out, whatever the system sees of it.
        "blocks": sys.getallocatedblocks(),
    }
