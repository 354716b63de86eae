"""`capture()` and `deliver()`, used as a project uses them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import TestCase, TransactionTestCase, override_settings

from realtime_notify import notify, subscribe
from realtime_notify.models import Event, Notification
from realtime_notify.testing import capture, deliver


class OrderTests(TestCase):
    """A project's own test case, where nothing is ever committed."""

    alice: Any
    bob: Any

    @classmethod
    def setUpTestData(cls) -> None:
        model = get_user_model()
        cls.alice = model._default_manager.create(username="alice")
        cls.bob = model._default_manager.create(username="bob")

    def test_nothing_is_delivered_inside_a_test_case_by_itself(self) -> None:
        notify("Paid", "shop/paid", recipients=[self.alice])

        self.assertFalse(Notification.objects.exists())

    def test_capture_delivers_and_says_who_got_what(self) -> None:
        subscribe(self.bob, "shop/paid")

        with capture() as sent:
            notify("Thank you", "shop/thanks", recipients=[self.alice])
            notify("Order 7 is paid", "shop/paid")

        thanks, paid = sent.events
        self.assertEqual([one.event.message for one in sent.to(self.alice)], ["Thank you"])
        self.assertEqual(sent.recipients(thanks), [self.alice])
        self.assertEqual(sent.recipients(paid), [self.bob])
        self.assertEqual(len(sent), 2)

    def test_capture_shows_inside_its_block_what_was_sent_so_far(self) -> None:
        with capture() as sent:
            self.assertEqual(sent.to(self.alice), [])
            notify("First", "shop/paid", recipients=[self.alice])
            self.assertEqual(len(sent.to(self.alice)), 1)
            notify("Second", "shop/paid", recipients=[self.alice])

        self.assertEqual([one.event.message for one in sent.to(self.alice)], ["First", "Second"])

    def test_capture_leaves_out_what_was_sent_before_and_after_its_block(self) -> None:
        notify("Before", "shop/paid", recipients=[self.alice])
        deliver()
        with capture() as sent:
            notify("Inside", "shop/paid", recipients=[self.alice])
        notify("After", "shop/paid", recipients=[self.alice])
        deliver()

        self.assertEqual([one.event.message for one in sent.to(self.alice)], ["Inside"])

    def test_a_repeated_message_is_one_notification_of_two_events(self) -> None:
        with capture() as sent:
            notify("Again", "shop/paid", recipients=[self.alice, self.bob])
            notify("Again", "shop/paid", recipients=[self.alice])

        first, second = sent.events
        self.assertEqual([one.occurrences for one in sent.to(self.alice)], [2])
        self.assertCountEqual(sent.recipients(first), [self.alice, self.bob])
        self.assertIn(self.alice, sent.recipients(second))

    def test_recipients_of_an_event_are_not_those_of_an_equal_one(self) -> None:
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

    def test_events_of_an_open_transaction_are_not_delivered(self) -> None:
        with capture() as sent:
            with transaction.atomic():
                notify("Later", "shop/paid", recipients=[self.alice])
                self.assertEqual(sent.to(self.alice), [])
            self.assertEqual(len(sent.to(self.alice)), 1)

    def test_capture_does_not_run_commit_callbacks_from_before_its_block(self) -> None:
        called: list[str] = []
        transaction.on_commit(lambda: called.append("before"))
        with capture():
            transaction.on_commit(lambda: called.append("inside"))

        self.assertEqual(called, ["inside"])

    @override_settings(REALTIME_NOTIFY={"INLINE_RECIPIENTS": 0})
    def test_capture_delivers_what_is_left_to_the_worker(self) -> None:
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
