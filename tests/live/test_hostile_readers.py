"""Readers that ask and do not read, whatever they say about it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from realtime_notify import notify
from tests.sockets import in_db

WINDOW = 20_000  # characters
ROUNDS = 60


@pytest.fixture
def generous(tune: Any) -> None:
    """No limit but the window, which is small."""
    tune(SEND_WINDOW_BYTES=WINDOW, FRAME_RATE=100_000, FRAME_BURST=10_000)


async def unread(browser: Any) -> int:
    """Return how many characters wait for a reader, all of which the server has sent."""
    waiting = 0
    while not await browser.receive_nothing(0.3):
        waiting += len(str(await browser.receive_raw()))
    return waiting


@pytest.mark.parametrize("answer", [{"rev": 1}, {"rev": 1, "beat": "guess"}], ids=str)
async def test_a_reader_that_answers_heartbeats_blindly_is_sent_one_window(
    browse, alice, generous, answer
):
    await in_db(notify, "Hello", "demo/hello", recipients=[alice], data="x" * 2000)
    browser = await browse(alice)

    for number in range(ROUNDS):
        await browser.send({"id": 100 + number, "page": {}})
        await asyncio.sleep(0.01)
        await browser.send(answer)
        await browser.send(answer)

    assert await unread(browser) < 2 * WINDOW


@pytest.mark.parametrize("text", ['{"id":7}', '{"id":7,"read":{}}'])
async def test_a_reader_that_does_not_read_is_sent_one_window_of_errors(
    browse, alice, generous, text
):
    browser = await browse(alice)

    for _ in range(1000):
        await browser.send(text)
    await asyncio.sleep(0.2)

    assert await unread(browser) < 2 * WINDOW
