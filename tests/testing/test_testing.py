"""The shipped test tools, used as a project uses them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import TestCase, TransactionTestCase, override_settings

from realtime_notify import anotify, notify, subscribe
from realtime_notify.models import Event, Notification, NotificationType
from realtime_notify.testing import capture, deliver
from realtime_notify.testing.client import Closed
from realtime_notify.wire.protocol import Close


class OrderTests(TestCase):
    """A project's own test case, where nothing is ever committed."""

    alice: Any
    bob: Any

    @classmethod
    def setUpTestData(cls) -> None:
        model = get_user_model()
        cls.alice = model._default_manager.create(username="alice")
        cls.bob = model._default_manager.create(username="bob")

    def test_nothing_is_delivered_before_somebody_asks(self) -> None:
        notify("Paid", "shop/paid", recipients=[self.alice])

        self.assertFalse(Notification.objects.exists())

    def test_capture_delivers_and_knows_who_was_sent_what(self) -> None:
        subscribe(self.bob, "shop/paid")

        with capture() as sent:
            notify("Thank you", "shop/thanks", recipients=[self.alice])
            notify("Order 7 is paid", "shop/paid")

        thanks, paid = sent.events
        self.assertEqual([one.event.message for one in sent.to(self.alice)], ["Thank you"])
        self.assertEqual(sent.recipients(thanks), [self.alice])
        self.assertEqual(sent.recipients(paid), [self.bob])
        self.assertEqual(len(sent), 2)

    def test_capture_may_be_asked_inside_its_block(self) -> None:
        with capture() as sent:
            self.assertEqual(sent.to(self.alice), [])
            notify("First", "shop/paid", recipients=[self.alice])
            self.assertEqual(len(sent.to(self.alice)), 1)
            notify("Second", "shop/paid", recipients=[self.alice])

        self.assertEqual([one.event.message for one in sent.to(self.alice)], ["First", "Second"])

    def test_what_came_before_and_after_the_block_is_not_in_it(self) -> None:
        notify("Before", "shop/paid", recipients=[self.alice])
        deliver()
        with capture() as sent:
            notify("Inside", "shop/paid", recipients=[self.alice])
        notify("After", "shop/paid", recipients=[self.alice])
        deliver()

        self.assertEqual([one.event.message for one in sent.to(self.alice)], ["Inside"])

    def test_a_repeat_is_one_notification_of_two_events(self) -> None:
        with capture() as sent:
            notify("Again", "shop/paid", recipients=[self.alice, self.bob])
            notify("Again", "shop/paid", recipients=[self.alice])

        first, second = sent.events
        self.assertEqual([one.occurrences for one in sent.to(self.alice)], [2])
        self.assertCountEqual(sent.recipients(first), [self.alice, self.bob])
        self.assertIn(self.alice, sent.recipients(second))

    def test_recipients_are_those_of_this_event_and_not_of_one_that_says_the_same(self) -> None:
        with capture() as sent:
            both = notify("Same", "a", recipients=[self.alice, self.bob])
            only = notify("Same", "a", recipients=[self.alice])

        self.assertCountEqual(sent.recipients(both), [self.alice, self.bob])
        self.assertEqual(sent.recipients(only), [self.alice])

    def test_a_rolled_back_transaction_sends_nothing(self) -> None:
        with capture() as sent, self.assertRaises(ZeroDivisionError), transaction.atomic():
            notify("Never", "shop/paid", recipients=[self.alice])
            raise ZeroDivisionError

        self.assertEqual(sent.events, [])
        self.assertEqual(len(sent), 0)

    def test_a_transaction_still_open_is_not_looked_into(self) -> None:
        with capture() as sent:
            with transaction.atomic():
                notify("Later", "shop/paid", recipients=[self.alice])
                self.assertEqual(sent.to(self.alice), [])
            self.assertEqual(len(sent.to(self.alice)), 1)

    def test_callbacks_from_before_the_block_are_left_alone(self) -> None:
        called: list[str] = []
        transaction.on_commit(lambda: called.append("before"))
        with capture():
            transaction.on_commit(lambda: called.append("inside"))

        self.assertEqual(called, ["inside"])

    @override_settings(REALTIME_NOTIFY={"INLINE_RECIPIENTS": 0})
    def test_what_is_left_to_the_worker_is_delivered_too(self) -> None:
        with capture() as sent:
            notify("By the worker", "shop/paid", recipients=[self.alice])

        self.assertEqual(len(sent.to(self.alice)), 1)


class CommittedTests(TransactionTestCase):
    """The same where commits are real."""

    def test_capture_sees_what_was_committed(self) -> None:
        alice = get_user_model()._default_manager.create(username="alice")

        with capture() as sent:
            notify("Paid", "shop/paid", recipients=[alice])

        self.assertEqual([one.event.message for one in sent.to(alice)], ["Paid"])

    def test_capture_does_not_run_ahead_of_a_real_commit(self) -> None:
        called: list[str] = []
        with capture() as sent, transaction.atomic():
            transaction.on_commit(lambda: called.append("committed"))
            self.assertEqual(sent.events, [])
            self.assertEqual(called, [])

        self.assertEqual(called, ["committed"])


def test_the_fixture_collects_what_a_test_sends(alice: Any, notifications_sent: Any) -> None:
    notify("Paid", "shop/paid", recipients=[alice])

    assert [one.event.message for one in notifications_sent.to(alice)] == ["Paid"]
    assert "Paid" in repr(notifications_sent)


def test_the_fixture_delivers_on_demand(
    alice: Any, deliver_notifications: Callable[[], int]
) -> None:
    notify("Paid", "shop/paid", recipients=[alice])

    assert deliver_notifications() == 1
    assert deliver_notifications() == 0
    assert Notification.objects.get().user == alice


@pytest.mark.django_db
def test_deliver_raises_what_goes_wrong(alice: Any) -> None:
    notify("Paid", "shop/paid", recipients=[alice])
    Event.objects.update(audience={"nonsense": True})

    with pytest.raises(TypeError):
        deliver()


# --- the socket client --------------------------------------------------------------------------


@pytest.fixture
def everybody(notify_client: Any, users: Callable[..., list[Any]]) -> list[Any]:
    """Alice and bob, committed for real."""
    return users("alice", "bob")


async def test_a_client_follows_its_inbox(notify_client: Any, everybody: list[Any]) -> None:
    alice, _bob = everybody
    async with notify_client(alice) as client:
        assert client.view.unread == 0

        await anotify("The kettle is on", "kitchen/kettle", recipients=[alice])
        await client.receive_until(lambda view: view.unread == 1)
        answer = await client.mark_read(ids=[client.items[0]["id"]])

        assert answer["unread"] == 0
        assert client.view.unread == 0
        assert client.items[0]["message"] == "The kettle is on"
        assert client.items[0]["read"]


async def test_two_clients_of_one_user_agree(notify_client: Any, everybody: list[Any]) -> None:
    alice, _bob = everybody
    async with notify_client(alice) as desk, notify_client(alice) as phone:
        for number in range(3):
            await anotify(f"Number {number}", "kitchen/kettle", recipients=[alice])
        await desk.receive_until(lambda view: view.unread == 3)
        await desk.archive(upto=2)
        await phone.receive_until(lambda view: view.rev == desk.view.rev)

        assert phone.view.snapshot() == desk.view.snapshot()
        assert [item["message"] for item in phone.items] == ["Number 2"]


async def test_a_client_hears_nothing_of_others(notify_client: Any, everybody: list[Any]) -> None:
    alice, bob = everybody
    async with notify_client(alice) as client:
        await anotify("For bob", "kitchen/kettle", recipients=[bob])

        assert await client.receive_nothing()


async def test_a_client_that_comes_back_is_told_what_it_missed(
    notify_client: Any, everybody: list[Any]
) -> None:
    alice, _bob = everybody
    await anotify("Seen", "kitchen/kettle", recipients=[alice])
    await anotify("Missed", "kitchen/kettle", recipients=[alice])

    async with notify_client(alice, since=1) as client:
        assert [item["message"] for item in client.frames[0]["put"]] == ["Missed"]


async def test_every_verb_of_the_inbox_has_its_method(
    notify_client: Any, everybody: list[Any]
) -> None:
    alice, _bob = everybody
    await anotify("One", "kitchen/kettle", recipients=[alice])
    async with notify_client(alice) as client:
        one = client.items[0]["id"]
        await client.mark_seen(upto=1)
        assert client.view.unseen == 0
        await client.mark_read(upto=client.view.rev)
        await client.mark_unread(ids=[one])
        assert client.view.unread == 1
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
        await client.receive_until(lambda view: view.unread == 1)

        await client.snooze(ids=[client.items[0]["id"]], until="2999-01-01T00:00:00Z")
        assert client.items == []
        assert (await client.unsubscribe("demo/hello"))["subscribed"] is False


@override_settings(REALTIME_NOTIFY={"PAGE_SIZE": 2})
async def test_a_client_pages_to_the_end(notify_client: Any, everybody: list[Any]) -> None:
    alice, _bob = everybody
    for number in range(5):
        await anotify(f"Number {number}", "kitchen/kettle", recipients=[alice])
    async with notify_client(alice) as client:
        while client.view.next is not None:
            await client.load_more()

        assert len(client.items) == 5


async def test_who_is_not_signed_in_is_closed(notify_client: Any) -> None:
    async with notify_client(say_hello=False) as client:
        assert await client.closed() == Close.NOT_SIGNED_IN


async def test_hello_to_a_closed_door_says_so(notify_client: Any) -> None:
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


async def test_waiting_in_vain_ends_with_the_view(notify_client: Any, everybody: list[Any]) -> None:
    alice, _bob = everybody
    async with notify_client(alice, timeout=0.2) as client:
        with pytest.raises(AssertionError, match="'unread': 0"):
            await client.receive_until(lambda view: view.unread == 1)
