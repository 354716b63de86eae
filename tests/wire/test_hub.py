"""The hub with a real database, and whatever can go wrong between it and the browsers."""

from __future__ import annotations

import asyncio
import gc
import logging

import pytest
from channels.layers import get_channel_layer

from realtime_notify import notify, subscribe
from realtime_notify.keys import user_group
from realtime_notify.live import backend
from realtime_notify.models import Inbox
from realtime_notify.wire import push
from realtime_notify.wire.hub import running_hub
from tests.sockets import in_db, layer_is


@pytest.fixture
def nothing_is_pushed(monkeypatch):
    """Every push is lost, as when a process dies between its commit and its push."""
    monkeypatch.setattr(push._Pump, "send", lambda *args: None)


async def test_a_lost_push_is_found_by_the_heal_query(browse, alice, tune, nothing_is_pushed):
    tune(HEAL_INTERVAL=0.05)
    browser = await browse(alice)

    await in_db(notify, "Lost", "demo/hello", recipients=[alice])

    await browser.receive_rev(1)
    assert browser.store.list()[0]["message"] == "Lost"
    assert await browser.receive_nothing(0.5)


async def test_what_is_only_on_its_way_is_not_told_twice(browse, alice, tune):
    tune(HEAL_INTERVAL=0.01)
    browser = await browse(alice)

    for number in range(20):
        await in_db(notify, f"Number {number}", "demo/hello", recipients=[alice])

    frames = []
    while browser.store.rev < 20:
        frames.append(await browser.receive_push())
    assert [item["rev"] for frame in frames for item in frame["put"]] == list(range(1, 21))
    assert await browser.receive_nothing(0.4)


async def test_a_restored_database_takes_browsers_back_with_it(browse, alice, tune):
    tune(HEAL_INTERVAL=0.05)
    for number in range(3):
        await in_db(notify, f"Number {number}", "demo/hello", recipients=[alice])
    browser = await browse(alice)
    assert browser.store.rev == 3

    await in_db(Inbox.objects.filter(pk=alice.pk).update, rev=1, unread=1, unseen=1)

    assert await browser.receive() == {"rev": 1}
    assert (await browser.ask(sync={"since": 3}))["reset"] is True


async def test_one_query_tells_of_all_who_are_connected(
    browse, users, tune, django_assert_num_queries
):
    people = await in_db(users, 20)
    for person in people:
        await browse(person)

    def count():
        with django_assert_num_queries(1):
            return backend.positions([str(person.pk) for person in people])

    assert len(await in_db(count)) == 20


async def test_a_deactivated_user_is_sent_away(browse, alice, bob, tune):
    tune(HEAL_INTERVAL=0.05)
    hers, his = await browse(alice), await browse(bob)

    alice.is_active = False
    await in_db(alice.save)

    assert await hers.closed() == 4501
    assert await his.receive_nothing()


async def test_a_deleted_user_is_sent_away(browse, alice, tune):
    tune(HEAL_INTERVAL=0.05)
    browser = await browse(alice)

    await in_db(alice.delete)

    assert await browser.closed() == 4501


async def test_a_changed_password_ends_the_sessions_sockets(browse, alice, bob, tune):
    tune(SESSION_CHECK_INTERVAL=0.1)
    hers, his = await browse(alice), await browse(bob)

    alice.set_password("another")
    await in_db(alice.save)

    assert await hers.closed() == 4501
    assert await his.receive_nothing(0.3)


async def test_an_expired_session_ends_its_sockets(browse, alice, tune):
    from django.contrib.sessions.models import Session

    tune(SESSION_CHECK_INTERVAL=0.1)
    browser = await browse(alice)

    await in_db(Session.objects.all().delete)

    assert await browser.closed() == 4501


async def test_a_session_signed_with_the_former_key_is_still_good(browse, alice, settings, tune):
    tune(SESSION_CHECK_INTERVAL=0.1)
    browser = await browse(alice)

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"

    assert await browser.receive_nothing(0.4)


async def test_heartbeats_come_and_a_silent_reader_is_dropped(browse, alice, tune):
    tune(PING_INTERVAL=0.1)
    browser = await browse(alice)

    for _ in range(3):
        assert await browser.receive_raw() == {"rev": 0}

    code, bye = await browser.closed(), browser.bye
    assert (code, bye["code"]) == (4010, 4010)


async def test_a_message_reaches_only_whom_it_names(browse, alice, bob):
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
async def test_a_message_nobody_understands_hurts_nobody(browse, alice, message):
    browser = await browse(alice)
    await asyncio.sleep(0.05)
    to_alice = {**message, **({"user": str(alice.pk)} if "user" in message else {})}
    if "to" in message:
        to_alice["to"] = [[str(alice.pk)]]

    await get_channel_layer().group_send(user_group(alice.pk), to_alice)
    await asyncio.sleep(0.05)

    await in_db(notify, "Fine", "demo/hello", recipients=[alice])
    await browser.receive_push()


async def test_groups_are_left_when_nobody_needs_them(browse, alice, bob):
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


async def test_without_any_channel_layer_browsers_are_served_all_the_same(
    browse, alice, settings, tune
):
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
async def test_a_dead_channel_layer_keeps_nobody_waiting(
    browse, alice, tune, error, caplog, monkeypatch
):
    monkeypatch.setattr("realtime_notify.wire.layer.CALL_TIMEOUT", 0.2)
    monkeypatch.setattr("realtime_notify.wire.push.SEND_TIMEOUT", 0.2)
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
        warnings = [one for one in caplog.records if one.levelno == logging.WARNING]
        assert {one.name for one in warnings} <= {
            "realtime_notify.wire.layer",
            "realtime_notify.wire.push",
        }
        assert (
            len([one for one in warnings if one.name.endswith("layer")]) == 1
        )  # once, not each time
        assert not [one for one in caplog.records if one.levelno > logging.WARNING]


async def test_the_server_process_sweeps_up_promises(browse, alice, tune):
    tune(SWEEP_INTERVAL=0.05, INLINE_RECIPIENTS=0)
    browser = await browse(alice)

    await in_db(notify, "Promised", "demo/hello", recipients=[alice])

    assert (await browser.receive_push())["put"][0]["message"] == "Promised"


async def test_a_round_that_fails_is_logged_and_the_next_one_comes(
    browse, alice, tune, caplog, monkeypatch
):
    monkeypatch.setattr("realtime_notify.wire.hub.RETRY_DELAY", 0.01)
    tune(HEAL_INTERVAL=0.05)
    failures = iter([ConnectionError("the database is restarting")])
    original = backend.positions

    def positions(users):
        for failure in failures:
            raise failure
        return original(users)

    monkeypatch.setattr(backend, "backend", backend.backend._replace(positions=positions))
    monkeypatch.setattr(push._Pump, "send", lambda *args: None)
    browser = await browse(alice)
    await in_db(notify, "Hello", "demo/hello", recipients=[alice])

    await browser.receive_rev(1)
    assert "the database is restarting" in caplog.text


async def test_a_draining_hub_sends_everybody_away_and_lets_nobody_in(browse, alice, bob):
    browsers = [await browse(alice), await browse(bob)]
    hub = running_hub(backend.backend)

    draining = asyncio.create_task(hub.drain())
    for browser in browsers:
        code, bye = await browser.closed(), browser.bye
        assert (code, bye["reason"], bye["retry"]) == (4001, "draining", [0.5, 8.0])
    await asyncio.wait_for(draining, 2)

    late = await browse(alice, greet=False)
    assert await late.closed() == 4001


async def test_a_reader_that_does_not_let_itself_be_closed_does_not_hold_up_the_end(
    browse, alice, monkeypatch
):
    monkeypatch.setattr("realtime_notify.wire.hub.DRAIN_TIMEOUT", 0.2)
    await browse(alice)

    await asyncio.wait_for(running_hub(backend.backend).drain(), 2)


async def test_a_cancelled_conversation_leaves_the_hub(browse, alice):
    """What servers do to applications at their end."""
    browser = await browse(alice)
    hub = running_hub(backend.backend)
    assert len(hub.connections(str(alice.pk))) == 1

    browser.kill()
    await asyncio.sleep(0.05)

    assert hub.users() == []


async def test_connections_leave_nothing_behind(browse, alice):
    from realtime_notify.wire.connection import Connection

    for _ in range(30):
        await (await browse(alice)).disconnect()
    await asyncio.sleep(0.05)
    gc.collect()

    assert not [one for one in gc.get_objects() if isinstance(one, Connection)]
