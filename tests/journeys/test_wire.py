"""Journeys over the wire: Daphne and Redis are real, and so is what happens to them."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from itertools import count

import pytest
import redis
from django.contrib.auth import get_user_model
from django.test import Client
from websockets.exceptions import ConnectionClosed

from realtime_notify import notify, subscribe, text
from realtime_notify.models import Inbox, Notification
from tests.journeys.conftest import Browser, masked
from tests.site import ROOT

PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"
CORE = "channels_redis.core.RedisChannelLayer"
SERVERS = ["daphne", "uvicorn", "daphne-raw", "uvicorn-raw"]


def user(name):
    return get_user_model().objects.get_or_create(username=name)[0]


def tell(name, message):
    return notify(message, "demo/hello", recipients=[user(name)])


def pushes_flow_again(browser, name="alice"):
    """Expect that soon a notification comes by a push of its own.

    What was lost before it is asked for when it comes.
    """
    deadline = time.monotonic() + 20
    for number in count():
        tell(name, f"After {number}")
        with contextlib.suppress(TimeoutError):
            while not pushes(browser.receive(0.5), f"After {number}"):
                pass
            break
        assert time.monotonic() < deadline
    rev = Inbox.objects.get(user__username=name).rev
    browser.receive_rev(rev)
    assert len(browser.messages()) == min(rev, 20)


def pushes(frame, message):
    """Tell whether a frame is the push of a message, and not the answer to a question."""
    put = [item["message"] for item in frame.get("put", ())]
    return "id" not in frame and put == [message]


# --- the way it should be -------------------------------------------------------------------------


def test_two_server_processes_share_one_inbox(town):
    first, second = town.serve(), town.serve()
    here, there = town.browse("alice", first), town.browse("alice", second)

    tell("alice", "Hello")
    for browser in (here, there):
        assert browser.receive_push(2)["put"][0]["message"] == "Hello"

    here.ask(read={"upto": 1})
    there.receive_push(2)
    assert here.store.snapshot() == there.store.snapshot()
    assert there.store.unread == 0


def test_many_subscribers_on_two_processes_each_get_their_own_numbers(town):
    first, second = town.serve(), town.serve()
    names = [f"person{number}" for number in range(30)]
    browsers = {}
    for number, name in enumerate(names):
        subscribe(user(name), "blog/new")
        browsers[name] = town.browse(name, (first, second)[number % 2])
    tell("person3", "Only for one")
    browsers["person3"].receive_push(2)

    notify("For all", "blog/new")

    for name, browser in browsers.items():
        frame = browser.receive_push(3)
        [item] = frame["put"]
        row = Notification.objects.get(pk=item["id"])
        assert row.user == user(name)
        assert (item["rev"], frame["unread"]) == ((2, 2) if name == "person3" else (1, 1))


def test_a_broadcast_reaches_the_browsers_of_every_process_and_writes_nobody_else_a_row(town):
    first, second = town.serve(), town.serve()
    for number in range(50):
        subscribe(user(f"person{number}"), "news")
    browsers = [town.browse(f"person{number}", (first, second)[number % 2]) for number in range(6)]
    both = [town.browse("person6", server) for server in (first, second)]

    notify("The library opens", "news", lazy=True)

    for browser in (*browsers, *both):
        browser.receive_rev(1, patience=3)
        assert browser.messages() == ["The library opens"]
    assert Notification.objects.count() == 7


def test_a_subscription_takes_effect_in_another_process_at_once(town):
    town.serve()
    for number in range(30):
        subscribe(user(f"person{number}"), "blog/new")
    browser = town.browse("alice")

    subscribe(user("alice"), "blog/new")
    notify("Post", "blog/new")

    # The post may come while the server joins the group; having joined, it looks what it missed.
    browser.receive_rev(1, patience=2)
    assert browser.messages() == ["Post"]
    notify("Another", "blog/new")
    assert browser.receive_push(2)["put"][0]["message"] == "Another"


def test_signing_out_closes_the_socket_in_another_process(town):
    server = town.serve()
    cookie = town.site.login("alice", server)
    browser, other = Browser(server.ws_url, cookie), town.browse("alice")
    browser.hello()
    client = Client()
    client.cookies["sessionid"] = cookie.partition("=")[2]

    client.logout()

    assert browser.closed()[0] == 4501
    tell("alice", "Still here")
    other.receive_push(2)


# --- what is lost on the way ----------------------------------------------------------------------


@pytest.mark.parametrize("layer", [PUBSUB, CORE], ids=["pubsub", "core"])
def test_pushes_flow_again_after_redis_was_killed_and_restarted(town, layer, settings):
    settings.CHANNEL_LAYERS = {
        "default": {**settings.CHANNEL_LAYERS["default"], "BACKEND": layer},
    }
    town.serve(layer=layer)
    subscribe(user("alice"), "blog/new")
    browser = town.browse("alice")
    tell("alice", "Before")
    browser.receive_rev(1, patience=2)

    town.redis.kill()
    town.wait_for_log("The channel layer does not answer")
    town.redis.start()
    town.wait_for_log("The channel layer is back")

    pushes_flow_again(browser)
    assert town.site.log().count("The channel layer does not answer") == 1


def test_while_redis_is_dead_changes_arrive_by_the_heal_query(town):
    first, second = town.serve(HEAL_INTERVAL=0.3), town.serve(HEAL_INTERVAL=0.3)
    here, there = town.browse("alice", first), town.browse("alice", second)
    town.redis.kill()

    begun = time.monotonic()
    tell("alice", "Hello")
    assert time.monotonic() - begun < 1
    for browser in (here, there):
        browser.receive_rev(1, patience=3)
        assert browser.messages() == ["Hello"]

    here.ask(read={"upto": 1})
    there.receive_rev(2, patience=3)
    assert there.store.unread == 0


def test_a_redis_that_hangs_makes_neither_notify_nor_browsers_wait(town):
    town.serve(HEAL_INTERVAL=0.3)
    browser = town.browse("alice")
    town.redis.pause()
    try:
        begun = time.monotonic()
        for number in range(5):
            tell("alice", f"Number {number}")
        assert time.monotonic() - begun < 1
        browser.receive_rev(5, patience=3)
        late = town.browse("alice")
        assert len(late.messages()) == 5
    finally:
        town.redis.resume()
    pushes_flow_again(browser)


def test_pushes_flow_again_after_redis_drops_the_connection_of_the_hub(town):
    """The one fault that Redis survives and nobody reports."""
    town.serve()
    browser = town.browse("alice")
    tell("alice", "Before")
    browser.receive_rev(1, patience=2)

    with redis.Redis.from_url(town.redis.url) as admin:
        assert admin.client_kill_filter(_type="pubsub")

    pushes_flow_again(browser)


def test_pushes_flow_again_after_redis_forgot_the_groups(town, settings):
    """What a quick restart without persistence does to the core layer: all seems well."""
    settings.CHANNEL_LAYERS = {
        "default": {**settings.CHANNEL_LAYERS["default"], "BACKEND": CORE},
    }
    town.serve(layer=CORE)
    browser = town.browse("alice")
    tell("alice", "Before")
    browser.receive_rev(1, patience=2)

    with redis.Redis.from_url(town.redis.url) as admin:
        admin.flushall()
    town.wait_for_log("The channel layer is back")

    pushes_flow_again(browser)


KILLED = """
import os, signal, sys
import django; django.setup()
from django.contrib.auth import get_user_model
from realtime_notify import notify
from realtime_notify.wire import push
push.put = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)
notify("Committed", "demo/hello", recipients=[get_user_model().objects.get(username="alice")])
"""


def test_a_process_killed_between_its_commit_and_its_push_loses_nothing(town):
    town.serve(HEAL_INTERVAL=0.3)
    browser = town.browse("alice")

    process = subprocess.run([sys.executable, "-c", KILLED], env=town.site.environment, cwd=ROOT)

    assert process.returncode == -signal.SIGKILL
    browser.receive_rev(1, patience=3)
    assert browser.messages() == ["Committed"]


def test_a_browser_catches_up_after_its_server_was_killed(town):
    server = town.serve()
    browser = town.browse("alice", server)
    tell("alice", "Before")
    browser.receive_push(2)

    server.kill()
    for number in range(3):
        tell("alice", f"Meanwhile {number}")
    server.start()

    again = Browser(server.ws_url, town.site.login("alice", server), browser.store)
    frame = again.hello()
    assert len(frame["put"]) == 3
    assert again.store.rev == 4
    again.close()


# --- strangers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SERVERS)
def test_malformed_frames_affect_only_their_sender(town, kind):
    server = town.serve(kind)
    good, bad = town.browse("bob", server), town.browse("alice", server)

    bad.socket.send("x" * 1_000_000)
    assert bad.receive()["error"]["code"] == "too_large"
    bad.socket.send(b"\x00\xff")
    assert bad.receive()["error"]["code"] == "bad_json"
    bad.socket.send(json.dumps({"id": 1, "read": {"ids": [-1]}}))
    assert bad.receive()["error"]["code"] == "bad_request"
    tell("alice", "You may stay")
    bad.receive_push(2)

    rude = town.stall("carol", server)
    # The server closes before it can answer the page.
    rude.sendall(masked(b'{"id":2,"page":{}}') + bytes([0x83, 0x80, 0, 0, 0, 0]))  # no such opcode
    with contextlib.suppress(ConnectionResetError):
        while rude.recv(65536):
            pass
    with pytest.raises(ConnectionClosed):
        bad.socket.send("x" * 30_000_000)  # more than any server takes
        bad.receive()
    tell("bob", "Fine")
    good.receive_push(2)
    assert "Traceback" not in town.site.log()


@pytest.mark.parametrize("kind", SERVERS)
def test_a_refused_browser_gets_a_close_code_and_a_reason(town, kind):
    server = town.serve(kind)
    cookie = town.site.login("alice", server)

    stranger = Browser(server.ws_url, "")
    stranger.send(stranger.session.hello())
    assert stranger.closed() == (4501, {"code": 4501, "reason": "sign in first"})

    foreign = Browser(server.ws_url, cookie, Origin="https://evil.example")
    assert foreign.closed()[0] == 4503

    own = Browser(server.ws_url, cookie, Origin=server.url)
    assert own.hello()["reset"] is True
    own.close()


def test_two_server_processes_show_each_reader_their_own_language(town):
    pages = [town.serve(), town.serve()]
    languages = ["de", "en"]
    cookie = town.site.login("alice")
    tabs = {
        (server.port, language): Browser(f"{server.ws_url}?language={language}", cookie)
        for server in pages
        for language in languages
    }
    for tab in tabs.values():
        tab.hello()

    notify(text("%(age)s ago", age="Ann"), "demo/hello", recipients=[user("alice")])

    for (_, language), tab in tabs.items():
        tab.receive_push()
        assert tab.messages() == [{"de": "vor Ann", "en": "Ann ago"}[language]]
        tab.close()
