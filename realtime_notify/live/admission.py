"""Admission: accepts sockets, and refuses those who may not come in. A plain ASGI application.

It is not a Channels consumer, whose queries share one thread with those of all the others: one slow
query stalls everybody (https://github.com/django/channels/issues/2132).
"""

from __future__ import annotations

import logging

from realtime_notify.journal import Throttled
from realtime_notify.live import addresses, backend, origin
from realtime_notify.live.asgi import Receive, Scope, Send
from realtime_notify.live.conversation import Conversation
from realtime_notify.live.greeting import RETRY_WHEN_FULL, running_greeter
from realtime_notify.wire import encoding, protocol
from realtime_notify.wire.counters import counters
from realtime_notify.wire.hub import Hub, running_hub
from realtime_notify.wire.pace import Retry
from realtime_notify.wire.protocol import Close

logger = logging.getLogger(__name__)

_refused_origin = Throttled(
    logger,
    "Refused a WebSocket from %s. If the site serves pages from there, add it to "
    "REALTIME_NOTIFY['ALLOWED_ORIGINS'], and check ALLOWED_HOSTS.",
)


async def notifications(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one WebSocket: the ASGI application behind `WEBSOCKET_PATH`."""
    if not await _accept(scope, receive, send):
        return
    hub, address = running_hub(backend.backend), addresses.client_of(scope)
    try:
        _admit(scope, hub, address)
    except Refusal as refusal:
        await _refuse(send, refusal)
    else:
        with addresses.connected(address):
            await Conversation(hub, scope, receive, send).run()


class Refusal(Exception):
    """The server refuses a socket.

    Args:
        code: why.
        reason: the same in words, for the developer of the client.
        retry: reconnect after a random time between these two, in seconds.
    """

    def __init__(self, code: Close, reason: str, retry: Retry | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.retry = retry


def _admit(scope: Scope, hub: Hub, address: str | None) -> None:
    """Let a socket in. Who opens it is looked at with its hello, together with others.

    Raises:
        Refusal: it may not come in, or not now.
    """
    if not origin.is_allowed(scope):
        _refused_origin.warn(origin.described(scope))
        reason = "this origin may not connect: the server's ALLOWED_ORIGINS does not list it"
        raise Refusal(Close.NOT_ALLOWED, reason)
    if not addresses.has_room(address):
        reason = "too many connections from this address"
        raise Refusal(Close.TOO_MANY_CONNECTIONS, reason, RETRY_WHEN_FULL)
    if hub.drain.begun:
        raise Refusal(Close.DRAINING, "draining", hub.drain.retry)
    if retry := running_greeter().full():
        raise Refusal(Close.DRAINING, "too many at once", retry)


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
    counters.refused[refusal.code] += 1
    bye = encoding.encode_bye(refusal.code, refusal.reason, refusal.retry)
    await send({"type": "websocket.send", "text": bye})
    await send({"type": "websocket.close", "code": int(refusal.code)})
