"""Sending without waiting, whatever the channel layer does."""

from __future__ import annotations

import asyncio
import os
import posix
import subprocess
import sys
import time

import pytest
from channels.layers import get_channel_layer

from realtime_notify.keys import user_group
from realtime_notify.wire import outbound, push
from realtime_notify.wire.vocabulary import Recipient

ONE = Recipient("1", 5, 7, 7, 1, 3, 2)
TWO = Recipient("2", 6, 4, 4, 2, 1, 1)


def test_messages_leave_in_order_through_one_loop(recorder):
    for number in range(200):
        push.change("1", {"rev": number, "unread": 0, "unseen": 0})

    assert push.flush()
    assert [message["frame"]["rev"] for _, message in recorder.sent] == list(range(200))
    assert len(recorder.loops) == 1


def test_nobody_waits_for_a_slow_layer(recorder):
    recorder.delay = 0.3
    begun = time.perf_counter()

    push.change_keys("1", add=["a/b"])

    assert time.perf_counter() - begun < 0.1
    assert not push.flush(0.05)
    assert push.flush()


def test_a_layer_that_fails_raises_nothing_and_is_not_tried_for_a_while(
    recorder, caplog, monkeypatch
):
    monkeypatch.setattr(outbound, "PAUSE_AFTER_FAILURE", 0.2)
    recorder.error = ConnectionError("refused")
    for number in range(100):
        push.change("1", {"rev": number, "unread": 0, "unseen": 0})
    assert push.flush()
    recorder.error = None
    push.change("1", {"rev": 101, "unread": 0, "unseen": 0})
    assert push.flush()
    assert recorder.sent == []

    time.sleep(0.25)
    push.change("1", {"rev": 102, "unread": 0, "unseen": 0})

    assert push.flush()
    assert [message["frame"]["rev"] for _, message in recorder.sent] == [102]
    assert len(caplog.records) == 1


def test_a_send_that_never_returns_is_given_up(recorder, monkeypatch, caplog):
    monkeypatch.setattr(outbound, "SEND_TIMEOUT", 0.1)
    recorder.delay = 60

    push.change("1", {"rev": 1, "unread": 0, "unseen": 0})

    assert push.flush(2)
    assert "TimeoutError" in caplog.text


def test_the_queue_is_bounded(recorder, monkeypatch, caplog):
    monkeypatch.setattr(outbound, "QUEUE_LIMIT", 10)
    recorder.delay = 0.01

    for number in range(50):
        push.change("1", {"rev": number, "unread": 0, "unseen": 0})

    assert push.flush()
    assert 10 <= len(recorder.sent) <= 12
    assert "the queue is full" in caplog.text


def test_a_listener_receives_messages_at_once_even_without_a_layer(settings):
    settings.CHANNEL_LAYERS = {}
    received = []
    listener = outbound.Listener(received.append)
    outbound.listen(listener)

    push.put("a/b", "", [ONE], via="key")
    outbound.unlisten(listener)
    push.put("a/b", "", [TWO], via="key")

    assert [message["to"] for message in received] == [[ONE]]


def test_an_error_of_a_listener_is_logged_not_raised(recorder, caplog):
    listener = outbound.Listener(lambda message: 1 / 0)
    outbound.listen(listener)
    try:
        push.change("1", {"rev": 1, "unread": 0, "unseen": 0})
    finally:
        outbound.unlisten(listener)

    assert "ZeroDivisionError" in caplog.text


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # Python 3.12 warns of it
def test_a_forked_process_sends_by_itself(recorder):
    push.change("1", {"rev": 1, "unread": 0, "unseen": 0})
    assert push.flush()
    read, write = os.pipe()

    child = posix.fork()  # os.fork() is replaced where lines are measured
    if child == 0:  # with the recorder's memory, but not its thread
        push.change("1", {"rev": 2, "unread": 0, "unseen": 0})
        push.flush(5)
        os.write(write, str(len(recorder.sent)).encode())
        posix._exit(0)
    os.waitpid(child, 0)

    assert os.read(read, 10) == b"2"
    os.close(read)
    os.close(write)


SCRIPT = """
import django; django.setup()
from realtime_notify.wire import outbound, push
from tests.sockets import layer_is
push.change("1", {"rev": 7, "unread": 0, "unseen": 0})
"""


async def test_a_process_that_exits_at_once_has_still_sent(shared_redis, settings):
    """Redis by name, not by number: looking a name up is what fails late in a process's life."""
    url = shared_redis.url.replace("127.0.0.1", "localhost")
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [url]},
        }
    }
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(user_group("1"), channel)
    await asyncio.sleep(0.1)

    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "REDIS_URL": url}
    await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", SCRIPT], env=environment, check=True
    )

    message = await asyncio.wait_for(layer.receive(channel), 5)
    assert message["frame"]["rev"] == 7
    await layer.flush()
