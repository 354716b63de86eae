"""Addresses of a town that leaks: whoever asks for one of these leaves something behind."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import threading
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from chaos.urls import urlpatterns as town_urlpatterns
from realtime_notify.wire.hub import running_hubs

LEFT: list[Any] = []


async def leak(request: HttpRequest) -> HttpResponse:
    """Leave behind something of each kind, more of it than is allowed."""
    database = settings.DATABASES["default"]
    (layer,) = settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"]
    LEFT.append(bytearray(b"x") * 50_000_000)
    LEFT.extend(os.open("/dev/null", os.O_RDONLY) for _ in range(20))
    LEFT.append(subprocess.Popen(["sleep", "600"]))  # noqa: ASYNC220
    LEFT.extend(asyncio.create_task(asyncio.Event().wait()) for _ in range(40))
    for _ in range(50):
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    for port, count in ((int(database["PORT"]), 13), (urlsplit(layer).port, 7)):
        LEFT.extend(socket.create_connection(("127.0.0.1", port)) for _ in range(count))
    for hub in running_hubs():
        hub._layer.subscribe(f"rn.leaked.{number}" for number in range(5))
    return HttpResponse("Left.", content_type="text/plain")


urlpatterns = [*town_urlpatterns, path("leak/", leak)]
