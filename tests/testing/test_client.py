"""The client of the socket, used as a project uses it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings

from realtime_notify import anotify, commands, inbox, notify
from realtime_notify.models import NotificationType
from realtime_notify.testing import Closed
from realtime_notify.wire.protocol import Close


@pytest.fixture
def everybody(notify_client: Any, users: Callable[..., list[Any]]) -> list[Any]:
    """Alice and bob, committed for real."""
    return users("alice", "bob")


async def test_a_client_follows_its_inbox(notify_client: Any, everybody: list[Any]) -> None:
    alice, _bob = everybody
    async with notify_client(alice) as client:
        assert client.store.unread == 0

        await anotify("The kettle is on", "kitchen/kettle", recipients=[alice])
        await client.receive_until(lambda store: store.unread == 1)
        answer = await client.mark_read(ids=[client.items[0]["id"]])

        assert answer["unread"] == 0
        assert client.store.unread == 0
        assert client.items[0]["message"] == "The kettle is on"
        assert client.items[0]["read"]


async def test_two_clients_of_one_user_agree(notify_client: Any, everybody: list[Any]) -> None:
    alice, _bob = everybody
    async with notify_client(alice) as desk, notify_client(alice) as phone:
        for number in range(3):
            await anotify(f"Number {number}", "kitchen/kettle", recipients=[alice])
        await desk.receive_until(lambda store: store.unread == 3)
        await desk.archive(upto=2)
        await phone.receive_rev(desk.store.rev)

        assert phone.store.snapshot() == desk.store.snapshot()
        assert [item["message"] for item in phone.items] == ["Number 2"]


async def test_a_client_receives_nothing_of_others(
    notify_client: Any, everybody: list[Any]
) -> None:
    alice, bob = everybody
    async with notify_client(alice) as client:
        await anotify("For bob", "kitchen/kettle", recipients=[bob])

        assert await client.receive_nothing()


async def test_a_returning_client_gets_what_it_missed(
    notify_client: Any, everybody: list[Any]
) -> None:
    alice, _bob = everybody
    await anotify("Seen", "kitchen/kettle", recipients=[alice])
    await anotify("Missed", "kitchen/kettle", recipients=[alice])

    async with notify_client(alice, since=1) as client:
        assert [item["message"] for item in client.items] == ["Missed"]
        assert client.store.rev == 2


async def test_every_command_of_the_inbox_has_its_method(
    notify_client: Any, everybody: list[Any]
) -> None:
    alice, _bob = everybody
    await anotify("One", "kitchen/kettle", recipients=[alice])
    async with notify_client(alice) as client:
        one = client.items[0]["id"]
        await client.mark_seen(upto=1)
        assert client.store.unseen == 0
        await client.mark_read(upto=client.store.rev)
        await client.mark_unread(ids=[one])
        assert client.store.unread == 1
        await client.archive(ids=[one])
        assert client.items == []
        await client.unarchive(ids=[one])
        assert [item["id"] for item in client.items] == [one]
        await client.delete(ids=[one])
        assert client.items == []
        assert (await client.sync())["put"] == []


async def test_a_client_snoozes_and_subscribes(notify_client: Any, everybody: list[Any]) -> None:
    alice = everybody[0]
    await NotificationType.objects.acreate(key="demo/hello", self_service=True)
    async with notify_client(alice) as client:
        assert (await client.subscribe("demo/hello"))["subscribed"] is True
        await anotify("The kettle is on", "demo/hello")
        await client.receive_until(lambda store: store.unread == 1)

        await client.snooze(ids=[client.items[0]["id"]], until="2999-01-01T00:00:00Z")
        assert client.items == []
        assert (await client.unsubscribe("demo/hello"))["subscribed"] is False


@override_settings(REALTIME_NOTIFY={"PAGE_SIZE": 2})
async def test_a_client_pages_to_the_end(notify_client: Any, everybody: list[Any]) -> None:
    alice, _bob = everybody
    for number in range(5):
        await anotify(f"Number {number}", "kitchen/kettle", recipients=[alice])
    async with notify_client(alice) as client:
        while client.store.next is not None:
            await client.load_more()

        assert len(client.items) == 5


async def test_a_page_that_a_push_overtakes_is_asked_for_again(
    notify_client: Any, everybody: list[Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is read, then a notification arrives, and only then the page is sent."""
    alice, _bob = everybody
    settings.REALTIME_NOTIFY = {"PAGE_SIZE": 2}
    for number in range(4):
        await anotify(f"Number {number}", "kitchen/kettle", recipients=[alice])
    overtakers = iter(["In between"])
    loop = asyncio.get_running_loop()

    def read_then_notify(user: Any, **arguments: Any) -> Any:
        page = inbox.page(user, **arguments)
        for message in overtakers:
            notify(message, "kitchen/kettle", recipients=[alice])
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0.1), loop).result()
        return page

    async with notify_client(alice) as client:
        monkeypatch.setitem(commands.COMMANDS, "page", read_then_notify)
        await client.load_more()

        assert len(client.items) == 5


async def test_the_push_of_a_clients_own_change_is_not_received(
    notify_client: Any, everybody: list[Any]
) -> None:
    """Whether that push overtakes the answer is chance."""
    alice, _bob = everybody
    await anotify("One", "kitchen/kettle", recipients=[alice])
    async with notify_client(alice) as client:
        for _ in range(5):
            await client.mark_read(upto=1)
            await client.mark_unread(ids=[client.items[0]["id"]])

        assert await client.receive_nothing()


async def test_a_push_that_changed_nothing_is_an_error(
    notify_client: Any, everybody: list[Any]
) -> None:
    alice, _bob = everybody
    async with notify_client(alice) as client:
        await client.send("{")

        with pytest.raises(AssertionError, match=r"not applied but ignored: .*bad_json"):
            await client.receive_push()


async def test_the_last_frame_says_why_the_socket_was_closed(notify_client: Any) -> None:
    async with notify_client(say_hello=False) as client:
        with pytest.raises(Closed):
            await client.hello()

        assert client.bye == {"code": Close.NOT_SIGNED_IN, "reason": "sign in first"}


async def test_a_client_that_is_not_signed_in_is_closed(notify_client: Any) -> None:
    async with notify_client(say_hello=False) as client:
        with pytest.raises(Closed) as refused:
            await client.hello()

    assert refused.value.code == Close.NOT_SIGNED_IN


async def test_connecting_without_being_signed_in_raises_why(notify_client: Any) -> None:
    with pytest.raises(Closed) as refused:
        async with notify_client():
            pass

    assert refused.value.code == Close.NOT_SIGNED_IN


async def test_a_bad_frame_is_answered_with_an_error(
    notify_client: Any, everybody: list[Any]
) -> None:
    alice, _bob = everybody
    async with notify_client(alice) as client:
        await client.send("{")
        assert (await client.receive())["error"]["code"] == "bad_json"
        await client.send(b"bytes")
        assert (await client.receive())["error"]["code"] == "bad_json"


async def test_waiting_in_vain_raises_with_the_state_of_the_store(
    notify_client: Any, everybody: list[Any]
) -> None:
    alice, _bob = everybody
    async with notify_client(alice, timeout=2.0) as client:
        with pytest.raises(AssertionError, match="'unread': 0"):
            await client.receive_until(lambda store: store.unread == 1)
