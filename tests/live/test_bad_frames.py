"""Frames that no well-behaved client sends, or sends so fast."""

from __future__ import annotations

import asyncio
import json

import pytest

from realtime_notify import notify
from realtime_notify.live.routing import websocket_application
from realtime_notify.servers import EXTENSION
from realtime_notify.testing import NotificationClient
from tests.sockets import in_db


async def test_a_negative_since_is_refused_and_a_future_one_is_answered_with_a_reset(browse, alice):
    browser = await browse(alice)

    assert (await browser.ask(sync={"since": -1}))["error"]["code"] == "bad_request"
    assert (await browser.ask(sync={"since": 10**6}))["reset"] is True


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "bad_json"),
        ("[]", "bad_json"),
        ("7", "bad_json"),
        (" ", "bad_json"),
        ('{"id":1,"read":{"ids":[NaN]}}', "bad_json"),
        ("[" * 15_000, "bad_json"),
        ('{"rev":' + "9" * 5000 + "}", "bad_json"),
        (json.dumps({"id": 1, "dance": {}}), "unknown_command"),
        (json.dumps({"id": 1}), "unknown_command"),
        (json.dumps({"id": "one", "sync": {"since": 0}}), "bad_request"),
        (json.dumps({"id": 1, "read": {"ids": []}}), "bad_request"),
        (json.dumps({"id": 1, "read": {"ids": [1], "upto": 1}}), "bad_request"),
        (json.dumps({"id": 1, "read": {"ids": ["1"]}}), "bad_request"),
        (json.dumps({"id": 1, "read": {"ids": [True]}}), "bad_request"),
        (json.dumps({"id": 1, "read": {"ids": [2**63]}}), "bad_request"),
        (json.dumps({"id": 1, "read": {"ids": list(range(1001))}}), "bad_request"),
        (json.dumps({"id": 1, "read": [1]}), "bad_request"),
        (json.dumps({"id": 1, "read": None}), "bad_request"),
        (json.dumps({"rev": 1, "beat": 7}), "bad_request"),
        (json.dumps({"id": 1, "sync": {"inbox": 7}}), "bad_request"),
        (json.dumps({"id": 1, "read": {"upto": 1, "inbox": "x" * 101}}), "bad_request"),
        (json.dumps({"id": 1, "read": {"upto": 1, "inbox": "bob's"}}), "other_inbox"),
        (json.dumps({"id": 1, "seen": {}}), "bad_request"),
        (json.dumps({"id": 1, "sync": {"since": 1.5}}), "bad_request"),
        (json.dumps({"id": 1, "page": {"limit": 0}}), "bad_request"),
        (json.dumps({"id": 1, "page": {"limit": 101}}), "bad_request"),
        (json.dumps({"id": 1, "page": {"before": "nonsense"}}), "bad_request"),
        (json.dumps({"id": 1, "page": {"unread": "yes"}}), "bad_request"),
        (json.dumps({"id": 1, "read": {"upto": 1}, "seen": {"upto": 1}}), "bad_request"),
        ("x" * 1_000_000, "too_large"),
        (json.dumps({"id": 1, "page": {"before": "é" * 9000}}, ensure_ascii=False), "too_large"),
    ],
    ids=lambda value: value[:40],
)
async def test_a_bad_frame_is_answered_with_an_error_and_disturbs_nobody(
    browse, alice, bob, caplog, text, code
):
    bad, good = await browse(alice), await browse(bob)

    await bad.send(text)

    error = (await bad.receive())["error"]
    assert error["code"] == code
    assert error["temporary"] is False
    assert error["message"]
    for browser, user in ((bad, alice), (good, bob)):  # and both work as before
        await in_db(notify, "Still here", "demo/hello", recipients=[user])
        await browser.receive_push()
    assert not caplog.records


async def test_bytes_are_not_a_frame(browse, alice):
    browser = await browse(alice)

    await browser.send(b"\x00\xff")

    assert (await browser.receive())["error"]["code"] == "bad_json"


async def test_the_reply_to_a_bad_command_carries_its_id(browse, alice):
    browser = await browse(alice)

    reply = await browser.ask(read={"ids": "all"})

    assert reply["error"]["code"] == "bad_request"


async def test_unknown_fields_are_ignored(browse, alice):
    browser = await browse(alice)

    assert (await browser.ask(sync={"since": 0, "mood": "good"}, colour="red"))["rev"] == 0


async def test_a_client_that_speaks_no_json_is_closed_for_good_after_ten_frames(browse, alice):
    browser = await browse(alice)

    for _ in range(10):
        await browser.send("GET / HTTP/1.1")

    code, bye = await browser.closed(), browser.bye
    assert (code, bye["code"]) == (4500, 4500)


async def test_frames_above_the_rate_are_refused_with_a_time_to_wait(browse, alice, tune):
    tune(FRAME_RATE=2, FRAME_BURST=3)  # slow, so that a busy machine earns no further frame
    browser = await browse(alice)  # has said hello: one frame

    for number in range(3):
        await browser.send({"id": 100 + number, "sync": {"since": 0}})
    replies = {frame["id"]: frame for frame in [await browser.receive() for _ in range(3)]}

    assert "error" not in replies[100]
    error = replies[102]["error"]
    assert (error["code"], error["temporary"]) == ("rate_limited", True)
    assert 0 < error["retry"] <= 1
    await asyncio.sleep(error["retry"])
    assert "error" not in await browser.ask(sync={"since": 0})


async def test_a_flood_of_frames_closes_the_connection(browse, alice, tune):
    tune(FRAME_RATE=1, FRAME_BURST=5)
    browser = await browse(alice)

    for number in range(20):
        await browser.send({"id": number, "sync": {"since": 0}})

    assert await browser.closed() == 4029


class RawWriter:
    """The raw writer of a server, which leaves all writing to ASGI."""

    def __init__(self):
        self.reads = True

    def write(self, chunks):
        return False

    def stop_reading(self):
        self.reads = False


async def test_nothing_more_is_read_of_a_client_that_floods(browse, alice, tune):
    tune(FRAME_RATE=1, FRAME_BURST=5)
    writer = RawWriter()

    async def application(scope, receive, send):
        scope = {**scope, "extensions": {EXTENSION: writer}}
        await websocket_application()(scope, receive, send)

    async with NotificationClient(alice, application=application) as browser:
        for number in range(20):
            await browser.send({"id": number, "sync": {"since": 0}})
        assert await browser.closed() == 4029

    assert not writer.reads


async def test_answers_to_heartbeats_do_not_count_against_the_rate(browse, alice, tune):
    tune(FRAME_RATE=0, FRAME_BURST=2, PING_INTERVAL=0.05)
    browser = await browse(alice)

    for _ in range(5):
        await browser.send(await browser.receive_raw())

    assert "error" not in await browser.ask(sync={"since": 0})


@pytest.mark.parametrize("frame", [{"x": 1}, {"id": 1, "read": {}}, {"rev": 7}], ids=str)
@pytest.mark.parametrize("greet", [True, False], ids=["greeted", "before hello"])
async def test_wrong_frames_count_against_the_rate_as_right_ones_do(
    browse, alice, tune, frame, greet
):
    tune(FRAME_RATE=1, FRAME_BURST=5)
    browser = await browse(alice, greet=greet)

    for _ in range(50):
        await browser.send(frame)

    assert await browser.closed() == 4029
    assert len(browser.frames) <= 10
