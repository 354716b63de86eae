"""The site as Daphne, or any other ASGI server, serves it."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
http = get_asgi_application()  # sets Django up, which whatever follows needs

from realtime_notify.live.routing import (  # noqa: E402
    lifespan_application,
    websocket_application,
)

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": websocket_application(),
        "lifespan": lifespan_application(),
    }
)
