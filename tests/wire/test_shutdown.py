"""How a hub ends: browsers are told to reconnect elsewhere."""

from __future__ import annotations

import asyncio

from realtime_notify.live import backend
from realtime_notify.wire.hub import running_hub


async def test_a_draining_hub_says_bye_to_everybody_and_refuses_newcomers(browse, alice, bob):
    browsers = [await browse(alice), await browse(bob)]
    hub = running_hub(backend.backend)

    draining = asyncio.create_task(hub.drain())
    for browser in browsers:
        code, bye = await browser.closed(), browser.bye
        assert (code, bye["reason"], bye["retry"]) == (4001, "draining", [0.5, 8.0])
    await asyncio.wait_for(draining, 2)

    late = await browse(alice, greet=False)
    assert await late.closed() == 4001


async def test_a_client_that_does_not_complete_the_close_does_not_delay_shutdown(
    browse, alice, monkeypatch
):
    monkeypatch.setattr("realtime_notify.wire.hub.DRAIN_TIMEOUT", 0.2)
    await browse(alice)

    await asyncio.wait_for(running_hub(backend.backend).drain(), 2)
