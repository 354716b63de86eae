"""The hub and its channel layer: groups, messages, and a layer that fails."""

from __future__ import annotations

import asyncio
import logging

import pytest
from channels.layers import get_channel_layer

from realtime_notify import notify, subscribe
from realtime_notify.keys import user_group
from tests.sockets import in_db, layer_is


async def test_a_message_reaches_only_the_users_it_names(browse, alice, bob):
    """Being in a group authorises nobody."""
    his = await browse(bob)
    put = {
        "type": "rn.put",
        "body": '"message":"secret"',
        "to": [[str(alice.pk), 1, 1, 1, 1, 1, 1]],
    }

    layer = get_channel_layer()
    await asyncio.sleep(0.05)
    await layer.group_send(user_group(bob.pk), put)

    assert await his.receive_nothing()


@pytest.mark.parametrize(
    "message",
    [
        {"type": "rn.put"},
        {"type": "rn.put", "body": "", "to": [["1"]]},
        {"type": "rn.change", "user": "1"},
        {"type": "rn.unheard.of"},
        {"kind": "other"},
    ],
)
async def test_an_unrecognised_message_is_ignored(browse, alice, message):
    browser = await browse(alice)
    await asyncio.sleep(0.05)
    to_alice = {**message, **({"user": str(alice.pk)} if "user" in message else {})}
    if "to" in message:
        to_alice["to"] = [[str(alice.pk)]]

    await get_channel_layer().group_send(user_group(alice.pk), to_alice)
    await asyncio.sleep(0.05)

    await in_db(notify, "Fine", "demo/hello", recipients=[alice])
    await browser.receive_push()


async def test_a_group_is_left_with_the_last_connection_that_needs_it(browse, alice, bob):
    await in_db(subscribe, alice, "blog/new")
    await in_db(subscribe, bob, "blog/new")
    layer = get_channel_layer()
    browsers = [await browse(alice), await browse(alice), await browse(bob)]
    await asyncio.sleep(0.1)
    assert {user_group(alice.pk), user_group(bob.pk), "rn.k.blog_2fnew"} <= set(layer.groups)

    await browsers[0].disconnect()
    await browsers[2].disconnect()
    await asyncio.sleep(0.1)
    assert {user_group(alice.pk), "rn.k.blog_2fnew"} <= set(layer.groups)
    assert user_group(bob.pk) not in layer.groups

    await browsers[1].disconnect()
    await asyncio.sleep(0.1)
    assert not {user_group(alice.pk), "rn.k.blog_2fnew"} & set(layer.groups)


async def test_without_a_channel_layer_browsers_are_still_served(browse, alice, settings, tune):
    tune(HEAL_INTERVAL=0.05)
    settings.CHANNEL_LAYERS = {}
    browser = await browse(alice)

    await in_db(notify, "Hello", "demo/hello", recipients=[alice])

    await browser.receive_push()


class BrokenLayer:
    """A layer whose server is gone: some calls fail, others never end."""

    extensions = ("groups",)

    def __init__(self, error):
        self.error = error

    async def fail(self, *args):
        if self.error is None:
            await asyncio.Event().wait()
        raise self.error

    new_channel = receive = group_add = group_discard = group_send = fail


@pytest.mark.parametrize("error", [ConnectionError("refused"), None], ids=["refuses", "hangs"])
async def test_a_channel_layer_that_is_down_makes_nobody_wait(
    browse, alice, tune, error, caplog, monkeypatch
):
    monkeypatch.setattr("realtime_notify.wire.layer.CALL_TIMEOUT", 0.2)
    monkeypatch.setattr("realtime_notify.wire.outbound.SEND_TIMEOUT", 0.2)
    tune(HEAL_INTERVAL=0.1, PROBE_INTERVAL=0.05)
    with layer_is(BrokenLayer(error)):
        loop = asyncio.get_running_loop()
        begun = loop.time()
        browser = await browse(alice)
        for number in range(5):
            await in_db(notify, f"Number {number}", "demo/hello", recipients=[alice])
            await browser.receive_push()
        assert loop.time() - begun < 3
        await asyncio.sleep(0.6)
        warnings = [record.name for record in caplog.records if record.levelno == logging.WARNING]
        assert set(warnings) <= {"realtime_notify.wire.layer", "realtime_notify.wire.outbound"}
        assert warnings.count("realtime_notify.wire.layer") == 1  # not for each probe
        assert not [record for record in caplog.records if record.levelno > logging.WARNING]
