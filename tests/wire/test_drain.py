"""Sending everybody away: over as long as one process needs to greet them."""

from __future__ import annotations

import asyncio

from realtime_notify.live import backend
from realtime_notify.wire.hub import running_hub
from tests.sockets import in_db


async def test_the_more_are_sent_away_the_longer_they_are_spread(browse, users):
    browsers = [await browse(user) for user in await in_db(users, 12)]
    hub = running_hub(backend.backend)
    hub.pace.rate = 1.0

    draining = asyncio.create_task(hub.drain.run())
    codes = [await browser.closed() for browser in browsers]

    assert codes == [4001] * 12
    assert {tuple(browser.bye["retry"]) for browser in browsers} == {(0.5, 12.5)}
    await asyncio.wait_for(draining, 2)


async def test_a_drain_waits_for_browsers_that_were_never_greeted(browse, alice):
    silent = await browse(alice, greet=False)
    hub = running_hub(backend.backend)

    draining = asyncio.create_task(hub.drain.run())
    await asyncio.sleep(0.05)

    assert not draining.done()
    await silent.closed()
    await asyncio.wait_for(draining, 2)
