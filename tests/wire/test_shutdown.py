"""How a hub ends: it tells browsers to reconnect elsewhere."""

from __future__ import annotations

import asyncio
import json
import logging

from realtime_notify.live import backend
from realtime_notify.live.routing import websocket_application
from realtime_notify.wire.hub import running_hub
from tests.sockets import in_db, sign_in


async def test_a_draining_hub_says_bye_to_everybody_and_refuses_newcomers(browse, alice, bob):
    browsers = [await browse(alice), await browse(bob)]
    hub = running_hub(backend.backend)

    draining = asyncio.create_task(hub.drain.run())
    for browser in browsers:
        code, bye = await browser.closed(), browser.bye
        assert (code, bye["reason"], bye["retry"]) == (4001, "draining", [0.5, 8.0])
    await asyncio.wait_for(draining, 2)

    late = await browse(alice, greet=False)
    assert await late.closed() == 4001


async def test_a_client_that_does_not_complete_the_close_does_not_delay_shutdown(
    browse, alice, monkeypatch
):
    monkeypatch.setattr("realtime_notify.wire.drain.TIMEOUT", 0.2)
    await browse(alice)

    await asyncio.wait_for(running_hub(backend.backend).drain.run(), 2)


async def test_draining_twice_waits_for_the_first_drain(browse, alice, caplog):
    caplog.set_level(logging.INFO, "realtime_notify")
    browser = await browse(alice)
    hub = running_hub(backend.backend)

    drains = [asyncio.create_task(hub.drain.run()) for _ in range(2)]
    await asyncio.sleep(0.05)

    assert not any(drain.done() for drain in drains)
    await browser.closed()
    await asyncio.wait_for(asyncio.gather(*drains), 2)
    assert caplog.messages == ["Draining: 1 browsers are asked to come back."]


async def test_a_conversation_that_the_server_cancels_says_bye_once_and_leaves_the_hub(
    transactional_db, alice
):
    cookie = f"sessionid={await in_db(sign_in, alice)}".encode()
    scope = {
        "type": "websocket",
        "path": "/ws/notifications/",
        "headers": [(b"host", b"testserver"), (b"cookie", cookie)],
    }
    received: asyncio.Queue[dict] = asyncio.Queue()
    sent: asyncio.Queue[dict] = asyncio.Queue()
    conversation = asyncio.create_task(websocket_application()(scope, received.get, sent.put))
    received.put_nowait({"type": "websocket.connect"})
    received.put_nowait({"type": "websocket.receive", "text": '{"id":1,"hello":{}}'})
    assert [(await sent.get())["type"] for _ in range(2)] == ["websocket.accept", "websocket.send"]
    hub = running_hub(backend.backend)
    assert hub.users() == [str(alice.pk)]

    conversation.cancel()
    await asyncio.wait([conversation])
    await asyncio.sleep(0.01)  # the writer's turn

    assert conversation.cancelled()
    assert hub.users() == []
    bye, close = [sent.get_nowait() for _ in range(sent.qsize())]
    assert json.loads(bye["text"])["bye"]["code"] == 4001
    assert close == {"type": "websocket.close", "code": 4001}
