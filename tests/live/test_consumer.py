from __future__ import annotations

import asyncio
import json

import pytest
from django.test import Client

from realtime_notify import dispatch, inbox, notify, subscribe, unsubscribe
from tests.sockets import in_db


async def test_a_first_visit_gets_the_first_page(browse, alice):
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


async def test_what_is_pushed_is_what_sync_tells(browse, alice):
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


async def test_read_in_one_tab_is_read_in_all(browse, alice):
    await in_db(notify, "One", "demo/hello", recipients=[alice])
    await in_db(notify, "Two", "demo/hello", recipients=[alice])
    tabs = [await browse(alice), await browse(alice)]

    await tabs[0].ask(read={"upto": 2})

    await tabs[1].receive_push()
    assert [tab.store.unread for tab in tabs] == [0, 0]
    assert all(item["read"] for tab in tabs for item in tab.store.list())
    assert await tabs[0].receive_nothing()  # its own change is not told twice


@pytest.mark.parametrize(
    ("command", "left"),
    [
        ({"archive": {"upto": 2}}, 0),
        ({"delete": {"upto": 1}}, 1),
        ({"seen": {"upto": 2}}, 2),
        ({"read": {"upto": 2}}, 2),
    ],
)
async def test_each_change_is_told_to_the_other_tabs(browse, alice, command, left):
    await in_db(notify, "One", "demo/hello", recipients=[alice])
    await in_db(notify, "Two", "demo/hello", recipients=[alice])
    here, there = await browse(alice), await browse(alice)

    await here.ask(**command)
    await there.receive_push()

    assert len(there.store.items) == left
    assert here.store.snapshot() == there.store.snapshot()


async def test_marked_unread_and_put_back_from_the_archive(browse, alice):
    await in_db(notify, "One", "demo/hello", recipients=[alice])
    here, there = await browse(alice), await browse(alice)
    pk = here.store.list()[0]["id"]

    for verb in ("read", "unread", "archive", "unarchive"):
        await here.ask(**{verb: {"ids": [pk]}})
        await there.receive_push()
        assert here.store.snapshot() == there.store.snapshot(), verb
    assert there.store.unread == 1


async def test_pages_lead_to_the_end(browse, alice, tune):
    tune(PAGE_SIZE=2)
    for number in range(5):
        await in_db(notify, f"Number {number}", "demo/hello", recipients=[alice])
    browser = await browse(alice)

    while browser.store.next:
        await browser.ask(page={"before": browser.store.next, "limit": 2})

    assert [item["message"] for item in browser.store.list()] == [
        f"Number {number}" for number in (4, 3, 2, 1, 0)
    ]


async def test_foreign_ids_change_nothing_and_tell_nothing(browse, alice, bob):
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


async def test_a_negative_since_is_refused_and_a_future_one_starts_afresh(browse, alice):
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
async def test_a_bad_frame_gets_an_error_and_hurts_nobody(browse, alice, bob, caplog, text, code):
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


async def test_bytes_are_no_frame(browse, alice):
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


async def test_who_speaks_no_json_for_long_is_sent_away_for_good(browse, alice):
    browser = await browse(alice)

    for _ in range(10):
        await browser.send("GET / HTTP/1.1")

    code, bye = await browser.closed(), browser.bye
    assert (code, bye["code"]) == (4500, 4500)


async def test_nothing_is_done_before_hello(browse, alice):
    browser = await browse(alice, greet=False)

    assert (await browser.ask(read={"upto": 1}))["error"]["code"] == "not_ready"
    assert (await browser.hello())["reset"] is True


async def test_who_says_no_hello_is_sent_away(browse, alice, tune):
    tune(HELLO_TIMEOUT=0.05)

    browser = await browse(alice, greet=False)

    assert await browser.closed() == 4008


async def test_without_a_session_the_socket_opens_and_says_why_it_closes(browse):
    browser = await browse(greet=False)

    code, bye = await browser.closed(), browser.bye

    assert code == 4501
    assert bye == {"code": 4501, "reason": "sign in first"}


@pytest.mark.parametrize("cookie", ["sessionid=nonsense", "sessionid=", "other=1", "\x7f;;=;"])
async def test_a_session_that_is_none_is_not_signed_in(browse, cookie):
    browser = await browse(greet=False, cookie=cookie)

    assert await browser.closed() == 4501


async def test_a_deactivated_user_is_not_let_in(browse, alice):
    browser = await browse(alice)
    await browser.disconnect()
    alice.is_active = False
    await in_db(alice.save)

    browser = await browse(alice, greet=False)

    assert await browser.closed() == 4501


async def test_another_site_is_not_let_in(browse, alice):
    browser = await browse(alice, greet=False, origin="https://evil.example")

    code, bye = await browser.closed(), browser.bye

    assert (code, bye["code"]) == (4503, 4503)


async def test_too_many_connections_of_one_user(browse, alice, bob, tune):
    tune(MAX_CONNECTIONS_PER_USER=2)
    kept = [await browse(alice), await browse(alice)]

    refused = await browse(alice, greet=False)

    assert await refused.closed() == 4509
    await kept[0].disconnect()
    await browse(alice)
    await browse(bob)


async def test_too_many_frames_are_refused_with_a_time_to_wait(browse, alice, tune):
    tune(FRAME_RATE=10, FRAME_BURST=3)
    browser = await browse(alice)  # has said hello: one frame

    for number in range(3):
        await browser.send({"id": 100 + number, "sync": {"since": 0}})
    replies = {frame["id"]: frame for frame in [await browser.receive() for _ in range(3)]}

    assert "error" not in replies[100]
    error = replies[102]["error"]
    assert (error["code"], error["temporary"]) == ("rate_limited", True)
    assert 0 < error["retry"] < 1
    await asyncio.sleep(error["retry"])
    assert "error" not in await browser.ask(sync={"since": 0})


async def test_a_flood_is_cut_off(browse, alice, tune):
    tune(FRAME_RATE=1, FRAME_BURST=5)
    browser = await browse(alice)

    for number in range(20):
        await browser.send({"id": number, "sync": {"since": 0}})

    assert await browser.closed() == 4029


async def test_an_answer_to_a_heartbeat_is_not_counted(browse, alice, tune):
    tune(FRAME_RATE=0, FRAME_BURST=2, PING_INTERVAL=0.05)
    browser = await browse(alice)

    for _ in range(5):
        assert await browser.receive_raw() == {"rev": 0}
        await browser.send({"rev": 0})

    assert "error" not in await browser.ask(sync={"since": 0})


async def test_a_command_that_fails_here_says_so_and_the_socket_lives(
    browse, alice, monkeypatch, caplog
):
    browser = await browse(alice)
    with monkeypatch.context() as patch:
        patch.setitem(dispatch.COMMANDS, "read", lambda user, **args: 1 / 0)
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
    monkeypatch.setitem(dispatch.COMMANDS, "read", slow)
    await browser.send({"id": 50, "read": {"upto": 1}})
    await begun.wait()

    await in_db(notify, "Meanwhile", "demo/hello", recipients=[alice])

    assert (await browser.receive_push())["put"][0]["message"] == "Meanwhile"
    end.set()
    assert (await browser.receive())["id"] == 50


async def test_a_push_during_the_first_sync_is_neither_lost_nor_told_twice(
    browse, alice, monkeypatch
):
    """The page is read, then a notification arrives, and only then the page is sent."""
    original, loop = inbox.sync, asyncio.get_running_loop()

    def sync_then_notify(user, since=None):
        frame = original(user, since)
        notify("In between", "demo/hello", recipients=[alice])
        done = asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), loop)
        done.result()  # the push is with the hub by now
        return frame

    monkeypatch.setattr(inbox, "sync", sync_then_notify)
    browser = await browse(alice)
    monkeypatch.undo()

    assert browser.store.rev == 0
    await browser.receive_push()
    assert browser.store.rev == 1
    assert await browser.receive_nothing()


async def test_logging_out_closes_the_sockets_of_that_session_only(browse, alice):
    here, there = await browse(alice), await browse(alice)

    await in_db(sign_out, here.session_key)

    assert await here.closed() == 4501
    assert await there.receive_nothing()


def sign_out(session_key):
    client = Client()
    client.cookies["sessionid"] = session_key
    client.logout()


async def test_an_unknown_path_is_refused_visibly(alice, transactional_db):
    from channels.testing import WebsocketCommunicator

    from realtime_notify.live.routing import websocket_application

    socket = WebsocketCommunicator(websocket_application(), "/ws/elsewhere/")
    accepted, _ = await socket.connect()

    assert accepted
    assert json.loads(await socket.receive_from())["bye"]["code"] == 4500
    assert (await socket.receive_output())["code"] == 4500
    await socket.wait()
