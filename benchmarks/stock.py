"""What one writes with Channels alone: a stock consumer that joins a group and forwards JSON."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")

from django.core.asgi import get_asgi_application

http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402

GROUP = "stock.bench"


class Consumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """Sends everybody who is signed in what arrives at the group."""

    async def connect(self) -> None:
        """Let in who is signed in."""
        if not self.scope["user"].is_authenticated:
            await self.close()
            return
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Answer the greeting, so that a client knows it is connected."""
        await self.send_json({"id": 1, "rev": 0, "unread": 0, "unseen": 0})

    async def notification(self, event: dict[str, Any]) -> None:
        """Forward what arrives at the group."""
        await self.send_json(event["frame"])


application = ProtocolTypeRouter(
    {"http": http, "websocket": AuthMiddlewareStack(Consumer.as_asgi())}
)
