from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from realtime_notify import anotify, notifications_disabled, notify, subscribe
from realtime_notify.exceptions import InvalidKey, InvalidNotification
from realtime_notify.models import Event, Notification, NotificationType
from realtime_notify.silence import is_silent

pytestmark = pytest.mark.django_db


def test_a_silenced_notify_writes_nothing_and_returns_an_unsaved_event(
    alice, bob, django_capture_on_commit_callbacks, django_assert_num_queries
):
    with notifications_disabled(), django_capture_on_commit_callbacks(execute=True) as callbacks:
        event = notify("Hello", "a", recipients=alice, actors=[alice, bob], filters={"x": 1})

    assert event.pk is None
    assert (event.message, event.type_id, event.level) == ("Hello", "a", "info")
    assert [one.actor_text for one in event.unsaved_actors] == ["bob"]
    assert callbacks == []
    assert not Event.objects.exists()
    assert not NotificationType.objects.exists()


def test_notifications_are_delivered_again_after_the_block(
    alice, django_capture_on_commit_callbacks
):
    with notifications_disabled():
        notify("Silenced", "a", recipients=alice)
    with django_capture_on_commit_callbacks(execute=True):
        notify("Delivered", "a", recipients=alice)

    assert [one.event.message for one in Notification.objects.all()] == ["Delivered"]


def test_the_unsaved_event_has_the_level_of_its_type(alice):
    NotificationType.objects.create(key="a", level="error")

    with notifications_disabled():
        assert notify("Hello", "a", recipients=alice).level == "error"


def test_a_silenced_notify_does_not_return_the_event_with_the_same_dedupe_key(alice):
    notify("First", "a", recipients=alice, dedupe_key="x")

    with notifications_disabled():
        assert notify("Second", "a", recipients=alice, dedupe_key="x").pk is None


def test_a_silenced_notify_still_validates_its_arguments(alice):
    with notifications_disabled():
        with pytest.raises(InvalidNotification):
            notify("", "a", recipients=alice)
        with pytest.raises(InvalidKey):
            notify("Hello", "with space", recipients=alice)


def test_an_event_published_before_the_block_is_still_delivered(
    alice, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        notify("Hello", "a", recipients=alice)
        with notifications_disabled():
            subscribe(alice, "a")

    assert Notification.objects.count() == 1


def test_an_exception_ends_the_silence(alice):
    with pytest.raises(ZeroDivisionError), notifications_disabled():
        notify("Hello", "a", recipients=alice)
        1 / 0  # noqa: B018

    assert not is_silent()
    assert notify("Hello", "a", recipients=alice).pk


def test_silenced_blocks_can_be_nested(alice):
    one = notifications_disabled()

    with one:
        with notifications_disabled(), one:
            assert notify("Hello", "a", recipients=alice).pk is None
        assert notify("Hello", "a", recipients=alice).pk is None
    assert notify("Hello", "a", recipients=alice).pk


@pytest.mark.parametrize("decorator", [notifications_disabled, notifications_disabled()])
def test_it_decorates_a_function(alice, decorator):
    @decorator
    def import_all(message, *, key):
        """Import."""
        return notify(message, key, recipients=alice)

    assert import_all("Hello", key="a").pk is None
    assert (import_all.__name__, import_all.__doc__) == ("import_all", "Import.")
    assert not is_silent()


def test_it_decorates_a_recursive_function(alice):
    @notifications_disabled
    def again(times):
        if times:
            again(times - 1)
        return notify("Hello", "a", recipients=alice)

    assert again(3).pk is None
    assert not is_silent()


def test_a_generator_is_refused():
    def rows():
        yield 1

    async def arows():
        yield 1

    for generator in (rows, arows):
        with pytest.raises(TypeError, match=r"rows\(\) is a generator"):
            notifications_disabled()(generator)


async def test_it_decorates_a_coroutine_function():
    @notifications_disabled()
    async def silent():
        await asyncio.sleep(0)
        return is_silent(), await sync_to_async(is_silent)()

    waiting = silent()
    assert not is_silent()
    assert await waiting == (True, True)
    assert not is_silent()


async def test_other_tasks_are_not_silenced():
    decorated = notifications_disabled()
    seen = []

    @decorated
    async def silent():
        for _ in range(3):
            seen.append(("silent", is_silent()))
            await asyncio.sleep(0)

    async def loud():
        for _ in range(3):
            seen.append(("loud", is_silent()))
            await asyncio.sleep(0)

    await asyncio.gather(silent(), loud(), silent())

    assert set(seen) == {("silent", True), ("loud", False)}


def test_other_threads_are_not_silenced():
    inside, looked = threading.Event(), threading.Event()
    shared = notifications_disabled()
    seen = []

    def other():
        inside.wait(10)
        seen.append(is_silent())
        with shared:
            seen.append(is_silent())
        looked.set()

    thread = threading.Thread(target=other)
    thread.start()
    with shared:
        inside.set()
        assert looked.wait(10)
        assert is_silent()
    thread.join()

    assert seen == [False, True]
    assert not is_silent()


def test_silence_carries_over_from_sync_code_to_async_code_and_back():
    async def look():
        return is_silent(), await sync_to_async(is_silent)()

    with notifications_disabled():
        assert async_to_sync(look)() == (True, True)


@pytest.mark.django_db(transaction=True)
async def test_anotify_is_silenced_too(users):
    (alice,) = await sync_to_async(users)("alice")

    with notifications_disabled():
        assert (await anotify("Hello", "a", recipients=alice)).pk is None
    assert (await anotify("Hello", "a", recipients=alice)).pk
