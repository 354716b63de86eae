from __future__ import annotations

import pytest

from realtime_notify import is_subscribed, notify, subscribe
from realtime_notify.delivery.waking import wake
from realtime_notify.models import NotificationType
from tests.blog.models import Post
from tests.sockets import in_db


def offer(key):
    NotificationType.objects.create(key=key, self_service=True)


async def test_subscribing_over_the_socket_takes_effect_at_once(browse, alice, users):
    await in_db(offer, "blog/new")
    for other in await in_db(users, 30):  # enough for the key's group
        await in_db(subscribe, other, "blog/new")
    browser = await browse(alice)

    reply = await browser.ask(subscribe={"key": "blog/new"})
    await in_db(notify, "News", "blog/new")

    assert reply["subscribed"] is True
    assert browser.store.apply(reply) == "ignored"
    assert (await browser.receive_push())["put"][0]["message"] == "News"


async def test_unsubscribing_over_the_socket_ends_that_subscription_only(browse, alice):
    await in_db(offer, "blog/new")
    post = await in_db(Post.objects.create, title="Spring menu")
    await in_db(subscribe, alice, "blog/new")
    await in_db(subscribe, alice, "blog/new", post)
    browser = await browse(alice)

    reply = await browser.ask(unsubscribe={"key": "blog/new", "target": f"blog.post:{post.pk}"})

    assert reply["subscribed"] is False
    assert await in_db(is_subscribed, alice, "blog/new")
    assert not await in_db(is_subscribed, alice, "blog/new", post)


async def test_forbidden_and_missing_objects_are_refused_alike(browse, alice):
    await in_db(offer, "blog/new")
    post = await in_db(Post.objects.create, title="Secret")
    browser = await browse(alice)

    replies = [
        await browser.ask(subscribe=asked)
        for asked in (
            {"key": "blog/new", "target": f"blog.post:{post.pk}"},
            {"key": "blog/new", "target": "blog.post:999999"},
            {"key": "blog/new", "target": "no.model:1"},
            {"key": "no/such"},
        )
    ]

    assert all(reply["error"] == replies[0]["error"] for reply in replies)
    assert replies[0]["error"]["code"] == "not_allowed"
    assert replies[0]["error"]["temporary"] is False
    assert "error" not in await browser.ask(sync={"since": 0})


@pytest.mark.parametrize(
    "command",
    [
        {"subscribe": {}},
        {"subscribe": {"key": ""}},
        {"subscribe": {"key": 7}},
        {"subscribe": {"key": "x" * 129}},
        {"subscribe": {"key": "with space"}},
        {"subscribe": {"key": "blog/new", "target": "post:1"}},
        {"subscribe": {"key": "blog/new", "target": "blog.post"}},
        {"subscribe": {"key": "blog/new", "target": "blog.post:"}},
        {"subscribe": {"key": "blog/new", "target": 42}},
        {"unsubscribe": {"target": "blog.post:1"}},
        {"snooze": {"ids": [1]}},
        {"snooze": {"until": "2999-01-01T00:00:00Z"}},
        {"snooze": {"ids": [], "until": "2999-01-01T00:00:00Z"}},
        {"snooze": {"ids": [1], "until": "tomorrow"}},
        {"snooze": {"ids": [1], "until": 4102444800}},
        {"snooze": {"ids": [1], "until": "2020-01-01T00:00:00Z"}},
        {"snooze": {"ids": [1], "until": "9999-12-31T23:59:59-12:00"}},
        {"snooze": {"upto": 1, "until": "2999-01-01T00:00:00Z"}},
    ],
)
async def test_arguments_that_make_no_sense_are_a_bad_request(browse, alice, command):
    browser = await browse(alice)

    reply = await browser.ask(**command)

    assert reply["error"]["code"] == "bad_request"


async def test_an_item_snoozed_in_one_tab_leaves_all_tabs_until_it_wakes(browse, alice, settings):
    for message in ("One", "Two"):
        await in_db(notify, message, "demo/hello", recipients=[alice])
    here, there = await browse(alice), await browse(alice)
    pk = here.store.list()[1]["id"]

    reply = await here.ask(snooze={"ids": [pk], "until": "2999-01-01T00:00:00Z"})
    await there.receive_push()

    assert reply["snooze"] == {"ids": [pk]}
    for tab in (here, there):
        assert [item["message"] for item in tab.store.list()] == ["Two"]
        assert (tab.store.unread, tab.store.unseen) == (1, 1)

    await in_db(fall_due, pk)
    await in_db(wake)
    for tab in (here, there):
        await tab.receive_push()
        assert [item["message"] for item in tab.store.list()] == ["One", "Two"]
        assert tab.store.unread == 2


def fall_due(pk):
    from realtime_notify.models import Notification

    Notification.objects.filter(pk=pk).update(snoozed_until="2020-01-01T00:00:00Z")


async def test_a_browser_that_was_away_learns_that_an_item_is_snoozed(browse, alice):
    await in_db(notify, "One", "demo/hello", recipients=[alice])
    here, away = await browse(alice), await browse(alice)
    pk = here.store.list()[0]["id"]

    await here.ask(snooze={"ids": [pk], "until": "2999-01-01T00:00:00Z"})
    await away.ask(sync={"since": 1})

    assert away.store.list() == []


async def test_a_command_before_hello_may_be_sent_again_later(browse, alice):
    browser = await browse(alice, greet=False)

    reply = await browser.ask(subscribe={"key": "blog/new"})

    assert (reply["error"]["code"], reply["error"]["temporary"]) == ("not_ready", True)


async def test_a_subscription_too_many_is_refused(browse, alice, tune):
    tune(MAX_SUBSCRIPTIONS_PER_USER=1)
    for key in ("blog/new", "blog/old"):
        await in_db(offer, key)
    browser = await browse(alice)
    assert (await browser.ask(subscribe={"key": "blog/new"}))["subscribed"] is True

    error = (await browser.ask(subscribe={"key": "blog/old"}))["error"]

    assert (error["code"], error["temporary"]) == ("too_many", False)
