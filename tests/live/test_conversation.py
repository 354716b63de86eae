"""A conversation: hello, pushes, commands and pages."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from realtime_notify import commands, inbox, notify, subscribe, unsubscribe
from realtime_notify.wire import encoding
from tests.sockets import in_db


async def test_a_first_hello_is_answered_with_the_first_page(browse, alice):
    await in_db(notify, "Hello", "demo/hello", recipients=[alice])

    browser = await browse(alice, greet=False)
    frame = await browser.hello()

    assert frame["reset"] is True
    assert [item["message"] for item in frame["put"]] == ["Hello"]
    assert (frame["rev"], frame["unread"], frame["unseen"], frame["ping"]) == (1, 1, 1, 60)


async def test_a_returning_browser_gets_what_it_missed(browse, alice):
    for number in range(3):
        await in_db(notify, f"Number {number}", "demo/hello", recipients=[alice])

    browser = await browse(alice, greet=False)
    frame = await browser.ask(hello={"since": 2})

    assert (frame["from"], frame["rev"]) == (2, 3)
    assert [item["message"] for item in frame["put"]] == ["Number 2"]


async def test_a_notification_arrives_at_once_and_only_at_its_recipient(browse, alice, bob):
    hers, his = await browse(alice), await browse(bob)

    await in_db(notify, "For you", "demo/hello", recipients=[alice])

    frame = await hers.receive_push()
    assert (frame["rev"], frame["unread"], frame["unseen"]) == (1, 1, 1)
    assert hers.store.list()[0]["message"] == "For you"
    assert await his.receive_nothing()


async def test_a_pushed_item_equals_the_synced_one(browse, alice):
    browser = await browse(alice)

    await in_db(
        notify,
        "Æ 🎉 </script>",
        "demo/hello",
        recipients=[alice],
        url="/x",
        data={"deep": [1, None]},
        level="success",
    )
    pushed = (await browser.receive_push())["put"][0]
    synced = (await browser.ask(sync={"since": 0}))["put"][0]

    assert pushed == synced


async def test_an_item_read_in_one_tab_is_read_in_all(browse, alice):
    await in_db(notify, "One", "demo/hello", recipients=[alice])
    await in_db(notify, "Two", "demo/hello", recipients=[alice])
    tabs = [await browse(alice), await browse(alice)]

    await tabs[0].ask(read={"upto": 2})

    await tabs[1].receive_push()
    assert [tab.store.unread for tab in tabs] == [0, 0]
    assert all(item["read"] for tab in tabs for item in tab.store.list())
    assert await tabs[0].receive_nothing()  # its own change is not pushed to it as well


@pytest.mark.parametrize(
    ("command", "left"),
    [
        ({"archive": {"upto": 2}}, 0),
        ({"delete": {"upto": 1}}, 1),
        ({"seen": {"upto": 2}}, 2),
        ({"read": {"upto": 2}}, 2),
    ],
)
async def test_each_change_is_pushed_to_the_other_tabs(browse, alice, command, left):
    await in_db(notify, "One", "demo/hello", recipients=[alice])
    await in_db(notify, "Two", "demo/hello", recipients=[alice])
    here, there = await browse(alice), await browse(alice)

    await here.ask(**command)
    await there.receive_push()

    assert len(there.store.items) == left
    assert here.store.snapshot() == there.store.snapshot()


async def test_items_marked_unread_or_unarchived_come_back_in_all_tabs(browse, alice):
    await in_db(notify, "One", "demo/hello", recipients=[alice])
    here, there = await browse(alice), await browse(alice)
    pk = here.store.list()[0]["id"]

    for command in ("read", "unread", "archive", "unarchive"):
        await here.ask(**{command: {"ids": [pk]}})
        await there.receive_push()
        assert here.store.snapshot() == there.store.snapshot(), command
    assert there.store.unread == 1


async def test_pages_lead_to_the_end(browse, alice, tune):
    tune(PAGE_SIZE=2)
    for number in range(5):
        await in_db(notify, f"Number {number}", "demo/hello", recipients=[alice])
    browser = await browse(alice)

    while browser.store.next:
        page = await browser.ask(page={"before": browser.store.next, "limit": 2})
        assert browser.store.apply_page(page) == "applied"

    assert [item["message"] for item in browser.store.list()] == [
        f"Number {number}" for number in (4, 3, 2, 1, 0)
    ]


async def test_ids_of_others_change_nothing_and_disclose_nothing(browse, alice, bob):
    await in_db(notify, "His", "demo/hello", recipients=[bob])
    his, hers = await browse(bob), await browse(alice)
    pk = his.store.list()[0]["id"]

    reply = await hers.ask(read={"ids": [pk, 999_999]})

    assert (reply["rev"], reply["unread"]) == (0, 0)
    assert "error" not in reply
    assert "read" not in reply
    assert await his.receive_nothing()


async def test_a_subscription_made_while_connected_takes_effect_at_once(browse, alice, users):
    others = await in_db(users, 30)  # enough for the key's group
    for other in others:
        await in_db(subscribe, other, "blog/new")
    browser = await browse(alice)

    await in_db(subscribe, alice, "blog/new")
    await in_db(notify, "Post", "blog/new")
    assert (await browser.receive_push())["put"][0]["message"] == "Post"

    await in_db(unsubscribe, alice, "blog/new")
    await in_db(notify, "Another", "blog/new")
    assert await browser.receive_nothing()


async def test_a_command_that_fails_is_answered_with_an_error_and_the_socket_stays_open(
    browse, alice, monkeypatch, caplog
):
    browser = await browse(alice)
    with monkeypatch.context() as patch:
        patch.setitem(commands.COMMANDS, "read", lambda user, **args: 1 / 0)
        reply = await browser.ask(read={"upto": 1})

    assert reply["error"]["code"] == "internal"
    assert reply["error"]["temporary"] is True
    assert "ZeroDivisionError" not in json.dumps(reply)
    assert "ZeroDivisionError" in caplog.text
    assert "error" not in await browser.ask(read={"upto": 1})


async def test_pushes_do_not_wait_for_a_slow_command(browse, alice, monkeypatch):
    begun, end = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(user, **args):
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(end.wait(), loop).result()
        return {"rev": 0, "unread": 0, "unseen": 0, "from": 0}

    browser = await browse(alice)
    monkeypatch.setitem(commands.COMMANDS, "read", slow)
    await browser.send({"id": 50, "read": {"upto": 1}})
    await begun.wait()

    await in_db(notify, "Meanwhile", "demo/hello", recipients=[alice])

    assert (await browser.receive_push())["put"][0]["message"] == "Meanwhile"
    end.set()
    assert (await browser.receive())["id"] == 50


async def test_answers_that_hold_items_are_encoded_where_they_keep_nobody_waiting(
    browse, alice, monkeypatch
):
    """A large one takes milliseconds, in which the event loop would serve nobody."""
    original, places = encoding.encode, set()

    def encode(frame):
        if "put" in frame:
            places.add(threading.current_thread().name)
        return original(frame)

    monkeypatch.setattr(encoding, "encode", encode)
    await in_db(notify, "Hello", "demo/hello", recipients=[alice])

    browser = await browse(alice)
    await browser.ask(page={})
    await browser.ask(sync={"since": 0})

    assert places == {"realtime-notify-hello", "realtime-notify-commands"}


async def test_a_push_during_the_first_sync_is_neither_lost_nor_sent_twice(
    browse, alice, monkeypatch
):
    """The page is read, then a notification arrives, and only then the page is sent."""
    original, loop = inbox.states, asyncio.get_running_loop()

    def states_then_notify(asks):
        frames = original(asks)
        notify("In between", "demo/hello", recipients=[alice])
        done = asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), loop)
        done.result()  # the push is with the hub by now
        return frames

    monkeypatch.setattr(inbox, "states", states_then_notify)
    browser = await browse(alice)
    monkeypatch.undo()

    assert browser.store.rev == 0
    await browser.receive_push()
    assert browser.store.rev == 1
    assert await browser.receive_nothing()
