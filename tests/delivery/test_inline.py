"""What the caller of notify() delivers itself: one budget for all events of a commit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from realtime_notify import notify, notify_many, subscribe
from realtime_notify.delivery import inline
from realtime_notify.inbox import counts
from realtime_notify.models import Event, Notification, NotificationType
from realtime_notify.work import run_due
from tests.delivery.conftest import numbers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sql]


@pytest.fixture
def nudges(monkeypatch):
    """Count the nudges."""
    counted = []
    monkeypatch.setattr(inline, "nudge", lambda: counted.append(True))
    return counted


def undelivered():
    return Event.objects.filter(delivered_at=None).count()


def test_events_of_one_commit_may_all_reach_nobody(settings, caplog):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0}

    notify_many({"message": f"To nobody {number}", "key": "a"} for number in range(2))

    assert caplog.text == ""
    assert undelivered() == 0


def test_small_events_of_one_commit_share_their_statements(users, settings):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0}
    people = users(60)
    counted = {}
    for count in (10, 50):
        with CaptureQueriesContext(connection) as queries:
            notify_many(
                {"message": f"{count} to {user}", "key": "a", "recipients": [user]}
                for user in people[:count]
            )
        counted[count] = sum("_event" in query["sql"] for query in queries) - count
        assert undelivered() == 0

    assert counted[50] + 50 <= counted[10] + 10 + (40 if connection.vendor == "sqlite" else 0)
    assert Notification.objects.count() == 60


def test_events_of_one_transaction_are_delivered_together_in_their_order(alice):
    with transaction.atomic():
        for number in range(5):
            notify(f"Number {number}", "a", recipients=[alice])
        assert counts(alice)["rev"] == 0

    assert undelivered() == 0
    assert numbers(alice) == (5, 5, 5)
    rows = Notification.objects.order_by("seq").values_list("event__message", "seq", "rev")
    assert list(rows) == [(f"Number {number}", number + 1, number + 1) for number in range(5)]


def test_repeats_within_one_transaction_collapse(alice):
    with transaction.atomic():
        for degrees in (260, 270, 280):
            notify(f"Oven 3 is at {degrees}", "a", recipients=[alice], collapse_key="oven 3")

    assert numbers(alice) == (3, 1, 1)
    row = Notification.objects.get()
    assert (row.event.message, row.occurrences, row.seq) == ("Oven 3 is at 280", 3, 3)


def test_events_to_subscribers_are_delivered_together_as_well(users):
    alice, bob, carol = users("alice", "bob", "carol")
    own = subscribe(alice, "a")
    subscribe(bob, "b")

    with transaction.atomic():
        notify("To a", "a")
        notify("To b", "b")
        notify("To carol", "a", recipients=[carol])
        notify("Not to alice", "a", exclude=[alice])

    assert undelivered() == 0
    assert [numbers(user)[0] for user in (alice, bob, carol)] == [1, 1, 1]
    assert Notification.objects.get(user=alice).subscription == own


def test_a_savepoint_that_is_rolled_back_takes_its_events_along(alice):
    with transaction.atomic():
        notify("First", "a", recipients=[alice])
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            notify("Gone", "a", recipients=[alice])
            raise ZeroDivisionError
        notify("Last", "a", recipients=[alice])

    assert undelivered() == 0
    rows = Notification.objects.order_by("seq").values_list("event__message", flat=True)
    assert list(rows) == ["First", "Last"]


def test_an_event_that_gets_the_key_of_one_rolled_back_is_not_taken_for_it(alice, bob, carol):
    tomorrow = timezone.now() + timedelta(days=1)
    with transaction.atomic():
        # It runs first after the commit. On SQLite it then finds the key of "Gone" free again.
        transaction.on_commit(lambda: notify("Later", "a", recipients=[carol], deliver_at=tomorrow))
        notify("First", "a", recipients=[alice])
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            notify("Gone", "a", recipients=[bob])
            raise ZeroDivisionError

    rows = Notification.objects.values_list("user", "event__message")
    assert list(rows) == [(alice.pk, "First")]
    assert Event.objects.get(message="Later").delivered_at is None


def test_a_rollback_leaves_nothing_for_the_next_commit(alice):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        notify("Gone", "a", recipients=[alice])
        raise ZeroDivisionError
    with transaction.atomic():
        notify("Here", "a", recipients=[alice])

    assert [row.event.message for row in Notification.objects.all()] == ["Here"]


def test_one_budget_of_people_holds_for_a_commit(users, settings, nudges):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "INLINE_RECIPIENTS": 150}
    alice, *_ = users(1)

    notify_many(
        {"message": f"Number {number}", "key": "a", "recipients": [alice]} for number in range(250)
    )

    assert undelivered() == 50
    assert nudges == [True]
    assert run_due().delivered == 50
    assert numbers(alice) == (250, 250, 250)


def test_one_budget_of_time_holds_for_a_commit(users, settings, nudges):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 1e-9}

    notify_many({"message": "Hello", "key": "a", "recipients": [user]} for user in users(3))

    assert undelivered() == 3
    assert nudges == [True]
    assert run_due().delivered == 3


def test_large_and_small_events_of_one_commit_are_all_delivered(users, settings):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 3}
    people = users(7)

    notify_many(
        {"message": f"To {count}", "key": "a", "recipients": people[:count]}
        for count in (1, 7, 2, 5, 1)
    )

    assert undelivered() == 0
    assert [numbers(user)[0] for user in people] == [5, 3, 2, 2, 2, 1, 1]


def test_one_event_that_cannot_be_delivered_holds_up_no_other(users, caplog):
    alice, bob = users("alice", "bob")
    with transaction.atomic():
        notify("Hello", "a", recipients=[alice])
        broken = notify("Broken", "a", recipients=[bob])
        Event.objects.filter(pk=broken.pk).update(audience={"nonsense": 1})
        broken.audience = {"nonsense": 1}

    assert numbers(alice) == (1, 1, 1)
    assert undelivered() == 1
    assert f"Event {broken.pk} was not delivered at once" in caplog.text


def test_events_that_could_not_be_written_together_are_delivered_alone(users, caplog):
    failures = [OperationalError("the disk is full")]

    def fail_once(execute, sql, *args):
        if failures and "INSERT INTO" in sql and "realtime_notify_notification" in sql:
            raise failures.pop()
        return execute(sql, *args)

    people = users("alice", "bob")
    NotificationType.objects.create(key="a")
    with connection.execute_wrapper(fail_once), transaction.atomic():
        for user in people:
            notify("Hello", "a", recipients=[user])

    assert "the disk is full" in caplog.text
    assert undelivered() == 0
    assert [numbers(user) for user in people] == [(1, 1, 1), (1, 1, 1)]


def test_what_is_expired_already_is_closed_without_being_delivered(alice, bob):
    with transaction.atomic():
        for user in (alice, bob):
            event = notify("Sale", "a", recipients=[user])
            event.expires_at = event.created

    assert undelivered() == 0
    assert not Notification.objects.exists()


def test_nothing_is_nudged_when_everything_is_delivered(alice, nudges):
    notify("Hello", "a", recipients=[alice])

    assert nudges == []


def test_what_is_delivered_after_the_commit_shows_on_the_events_of_the_caller(users):
    people = users(3)
    with transaction.atomic():
        together = [notify(f"To {user}", "a", recipients=[user]) for user in people]
    alone = notify("To all", "a", recipients=people)

    for event in [*together, alone]:
        assert event.delivered_at is not None
        assert event.due_at is None
    assert [event.reached for event in [*together, alone]] == [1, 1, 1, 3]
