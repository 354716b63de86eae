"""The door: accepts sockets, and refuses those who may not come in. A plain ASGI application.

It is not a Channels consumer, whose queries share one thread with those of all the others: one slow
query stalls everybody (https://github.com/django/channels/issues/2132).
"""

from __future__ import annotations

import logging

from realtime_notify.conf import settings
from realtime_notify.live import backend, identity, origin
from realtime_notify.live.asgi import Receive, Scope, Send
from realtime_notify.live.conversation import Conversation
from realtime_notify.servers import raw_writer
from realtime_notify.wire import encoding, protocol
from realtime_notify.wire.hub import RETRY_AFTER_DRAIN, running_hub
from realtime_notify.wire.protocol import Close
from realtime_notify.wire.threads import in_thread

logger = logging.getLogger(__name__)


async def notifications(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one WebSocket: the ASGI application behind `WEBSOCKET_PATH`."""
    if not await _accept(scope, receive, send):
        return
    try:
        who = await _admit(scope)
    except Refusal as refusal:
        await _refuse(send, refusal)
    else:
        hub, write_raw = running_hub(backend.backend), raw_writer(scope)
        await Conversation(hub, who, receive, send, write_raw).run()


class Refusal(Exception):
    """The server refuses a socket.

    Args:
        code: why.
        reason: the same in words, for the developer of the client.
        retry: reconnect after a random time between these two, in seconds.
    """

    def __init__(self, code: Close, reason: str, retry: tuple[float, float] | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.retry = retry


async def _admit(scope: Scope) -> identity.Identity:
    """Return who opens a socket.

    Raises:
        Refusal: they may not, or not now.
    """
    if not origin.is_allowed(scope):
        logger.warning(
            "Refused a WebSocket from %s. If the site serves pages from there, add it to "
            "REALTIME_NOTIFY['ALLOWED_ORIGINS'], and check ALLOWED_HOSTS.",
            origin.described(scope),
        )
        raise Refusal(Close.NOT_ALLOWED, "this origin may not connect")
    try:
        who = await in_thread("commands", identity.of_scope, scope)
    except Exception:
        logger.exception("Could not authenticate the WebSocket; asking the browser to retry.")
        raise Refusal(Close.DRAINING, "not available", RETRY_AFTER_DRAIN) from None
    if who is None:
        raise Refusal(Close.NOT_SIGNED_IN, "sign in first")
    hub = running_hub(backend.backend)
    if hub.draining:
        raise Refusal(Close.DRAINING, "draining", RETRY_AFTER_DRAIN)
    if len(hub.connections(str(who.pk))) >= settings.MAX_CONNECTIONS_PER_USER:
        raise Refusal(Close.TOO_MANY_CONNECTIONS, "too many connections")
    return who


async def refuse_unknown_path(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a socket at a path where no application is."""
    if await _accept(scope, receive, send):
        await _refuse(send, Refusal(Close.PROTOCOL_ERROR, "there is nothing at this path"))


async def _accept(scope: Scope, receive: Receive, send: Send) -> bool:
    """Accept a socket before it is refused: a browser cannot see why an upgrade fails."""
    if (await receive())["type"] != "websocket.connect":
        return False
    offered = protocol.SUBPROTOCOL in scope.get("subprotocols", ())
    subprotocol = protocol.SUBPROTOCOL if offered else None
    await send({"type": "websocket.accept", "subprotocol": subprotocol})
    return True


async def _refuse(send: Send, refusal: Refusal) -> None:
    bye = encoding.encode_bye(refusal.code, refusal.reason, refusal.retry)
    await send({"type": "websocket.send", "text": bye})
    await send({"type": "websocket.close", "code": int(refusal.code)})
