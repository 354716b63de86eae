"""What a project's ``asgi.py`` composes::

    application = ProtocolTypeRouter({
        "http": get_asgi_application(),
        "websocket": websocket_application(),
        "lifespan": lifespan_application(),
    })

A project with sockets of its own adds `websocket_urlpatterns` to its `URLRouter` instead.
"""

from __future__ import annotations

from django.conf import settings as django_settings
from django.urls import path

from realtime_notify.conf import settings
from realtime_notify.live.admission import notifications
from realtime_notify.live.admission import refuse_unknown_path as refuse
from realtime_notify.live.asgi import ASGIApplication, Receive, Scope, Send
from realtime_notify.live.lifespan import lifespan

websocket_urlpatterns = [
    # Django's path() is typed for views; Channels' URLRouter takes applications.
    path(where.lstrip("/"), notifications)  # type: ignore[arg-type]
    for where in [settings.WEBSOCKET_PATH]
    if where
]


def websocket_application() -> ASGIApplication:
    """Return the application behind `WEBSOCKET_PATH`, which refuses every other path.

    Where that setting is empty, it refuses all paths.

    It checks the origin, and reads the session cookie, tickets and what `AUTHENTICATOR` understands
    itself, so nothing has to be wrapped around it. If a middleware has set ``scope["user"]``, that
    user is taken, until the moment in ``scope["expires"]`` if there is one.
    """

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        # The site may be below a path: the server says so, or Django's FORCE_SCRIPT_NAME.
        below = scope.get("root_path") or django_settings.FORCE_SCRIPT_NAME or ""
        asked = scope["path"].removeprefix(below.rstrip("/"))
        known = bool(asked) and asked == settings.WEBSOCKET_PATH
        await (notifications if known else refuse)(scope, receive, send)

    return application


def lifespan_application() -> ASGIApplication:
    """Return the application for the startup and shutdown of a server process.

    At the end it asks every connected browser to reconnect to another process, and waits for them.
    Servers that know the lifespan protocol warn if nothing answers it; a project with startup or
    shutdown code of its own calls this application from there.
    """
    return lifespan
