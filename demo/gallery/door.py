"""The way into a frame: below `/gallery/<inbox>/` everybody is the person with that inbox."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse

from demo.gallery.frames import SIGNED_OUT
from demo.gallery.inboxes import INBOXES, username_of
from demo.gallery.network import LOST, network

API = "/notifications/api/"


def inbox_in(path: str) -> str | None:
    """Return the inbox that a path is below; None outside of the frames."""
    parts = path.split("/")
    return parts[2] if parts[1:2] == ["gallery"] and parts[2:3] and parts[2] in INBOXES else None


class Door:
    """An ASGI application that serves the site below the path of each frame as well."""

    def __init__(self, site: Any) -> None:
        self.site = site

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Tell the site that it is below the frame's path, and let the network have its way."""
        inbox = inbox_in(scope["path"]) if scope["type"] in ("http", "websocket") else None
        if inbox is None:
            await self.site(scope, receive, send)
            return
        scope = {**scope, "root_path": f"/gallery/{inbox}"}
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send, inbox)
        elif API in scope["path"] and network.condition == LOST:
            await _unavailable(send)
        else:
            if API in scope["path"]:
                await network.delay()
            await self.site(scope, receive, send)

    async def _connect(self, scope: Any, receive: Any, send: Any, inbox: str) -> None:
        if network.condition == LOST:
            await receive()
            await send({"type": "websocket.close"})
            return
        user = await database_sync_to_async(_user_in)(inbox)
        lost = network.watch()

        async def send_slowly(event: Any) -> None:
            await network.delay()
            if not lost.is_set():
                await send(event)

        async def receive_until_lost() -> Any:
            waits = [asyncio.ensure_future(each) for each in (receive(), lost.wait())]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for each in waits:
                each.cancel()
            if not lost.is_set():
                return waits[0].result()
            with contextlib.suppress(Exception):  # the browser may be gone as well
                await send({"type": "websocket.close", "code": 4000})
            return {"type": "websocket.disconnect", "code": 1006}

        try:
            await self.site({**scope, "user": user}, receive_until_lost, send_slowly)
        finally:
            network.leave(lost)


async def _unavailable(send: Any) -> None:
    await send({"type": "http.response.start", "status": 503, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _user_in(inbox: str, path: str = API) -> User | AnonymousUser:
    """Return who the user of a frame is: pages are of a time when nobody had signed out."""
    if inbox == SIGNED_OUT and API in path:
        return AnonymousUser()
    return User.objects.get(username=username_of(inbox))


def sit_down(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Make the person with the frame's inbox the user of every request in that frame."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if inbox := inbox_in(request.path):
            request.user = _user_in(inbox, request.path)
        return get_response(request)

    return middleware
