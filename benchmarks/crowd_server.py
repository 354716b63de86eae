"""The site as `benchmarks.crowd` measures it: it counts statements, and can profile its loop."""

from __future__ import annotations

import cProfile
import io
import json
import os
import pstats
from collections.abc import Callable
from typing import Any

from django.db.backends.signals import connection_created

from asgi import application as site
from realtime_notify.live.asgi import Receive, Scope, Send
from realtime_notify.wire.counters import counters

statements = 0
profile = cProfile.Profile() if os.environ.get("CROWD_PROFILE") else None


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve the site, and tell at /report/ what it has done so far."""
    if scope["type"] != "http" or scope["path"] != "/report/":
        await site(scope, receive, send)
        return
    report: dict[str, Any] = {"statements": statements, "refused": counters.refused.total()}
    if profile is not None:
        report["profile"] = _profiled(profile)
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(report).encode()})


def _profiled(profile: cProfile.Profile) -> str:
    """Return what the loop has spent its time on since this was last asked, and begin anew."""
    profile.disable()
    text = io.StringIO()
    if profile.getstats():
        pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(45)
    profile.clear()
    profile.enable()
    return text.getvalue()


def _count(execute: Callable[..., Any], *args: Any) -> Any:
    global statements
    statements += 1
    return execute(*args)


def _watch(connection: Any, **kwargs: object) -> None:
    if _count not in connection.execute_wrappers:
        connection.execute_wrappers.append(_count)


connection_created.connect(_watch)
