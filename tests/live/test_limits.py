"""What one client may send and ask for."""

from __future__ import annotations

import asyncio

from realtime_notify import notify
from tests.sockets import in_db


async def test_a_user_may_ask_for_so_many_bytes_a_minute_over_all_connections(
    browse, alice, bob, tune
):
    tune(ANSWER_BYTES_PER_MINUTE=1000)
    await in_db(notify, "x" * 2000, "demo/hello", recipients=[alice, bob])
    first, second = await browse(alice), await browse(alice, greet=False)

    error = (await second.ask(hello={}))["error"]

    assert (error["code"], error["temporary"]) == ("rate_limited", True)
    assert error["message"] == "Your answers have too many bytes. Slow down."
    assert 30 < error["retry"] < 120
    assert (await first.ask(sync={"since": 0}))["error"]["code"] == "rate_limited"
    neighbour = await browse(bob)
    assert neighbour.store.unread == 1


async def test_an_allowance_of_bytes_comes_back_with_time(browse, alice, tune):
    tune(ANSWER_BYTES_PER_MINUTE=60_000)
    browser = await browse(alice)
    await in_db(notify, "x" * 9000, "demo/hello", recipients=[alice])
    while "error" not in (answer := await browser.ask(sync={"since": 0})):
        pass

    await asyncio.sleep(answer["error"]["retry"])

    assert "error" not in await browser.ask(sync={"since": 0})


async def test_the_frames_of_a_user_are_counted_over_all_connections(browse, alice, bob, tune):
    tune(FRAMES_PER_MINUTE=60)
    tabs = [await browse(alice) for _ in range(3)]

    answers = [await tabs[number % 3].ask(sync={"since": 0}) for number in range(64)]

    assert "error" not in answers[50]
    error = answers[-1]["error"]
    assert (error["code"], error["temporary"]) == ("rate_limited", True)
    assert 0 < error["retry"] <= 5
    neighbour = await browse(bob)
    assert "error" not in await neighbour.ask(sync={"since": 0})


async def test_whoever_sends_on_when_the_user_must_wait_is_closed(browse, alice, tune):
    tune(FRAMES_PER_MINUTE=60)
    tabs = [await browse(alice) for _ in range(3)]

    for tab in tabs:
        for number in range(30):
            await tab.send({"id": number, "rev": 0})

    assert await tabs[2].closed() == 4029
    assert tabs[2].bye["retry"] == [5.0, 30.0]


async def test_answers_to_heartbeats_do_not_count_for_the_user(browse, alice, tune):
    tune(FRAMES_PER_MINUTE=10, PING_INTERVAL=0.05)
    browser = await browse(alice)

    for _ in range(20):
        await browser.send(await browser.receive_raw())

    assert "error" not in await browser.ask(sync={"since": 0})
