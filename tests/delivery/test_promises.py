"""Events that are stored are delivered, whatever fails on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from realtime_notify import notify, subscribe
from realtime_notify.delivery import deliver, sweep
from realtime_notify.models import Event, Inbox, Notification
from tests.delivery.conftest import numbers

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_large_audiences_are_left_to_the_sweep_after_the_first_part(users, send, settings):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2, "INLINE_RECIPIENTS": 3}
    people = users(8)
    for user in people:
        subscribe(user, "a")

    event = send("Hello", "a")

    assert Notification.objects.count() == 3
    event.refresh_from_db()
    assert event.delivered_at is None
    assert event.cursor != ""
    assert sweep() == 1
    assert Notification.objects.count() == 8
    assert set(Inbox.objects.values_list("rev", "unread")) == {(1, 1)}
    event.refresh_from_db()
    assert event.delivered_at is not None


def test_a_second_process_that_finds_the_cursor_moved_stops(users, settings):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 1}
    event = notify("Hello", "a", recipients=users(3))
    other_process = Event.objects.get()
    assert deliver(event, limit=2) is False

    assert deliver(other_process) is False

    assert Notification.objects.count() == 2
    assert deliver(Event.objects.get()) is True
    assert Notification.objects.count() == 3


def test_the_sweep_delivers_events_of_a_process_that_died(alice):
    notify("Hello", "a", recipients=[alice])
    assert not Notification.objects.exists()

    assert sweep() == 1

    assert Notification.objects.get().user == alice
    assert sweep() == 0


def test_an_event_is_delivered_when_it_is_due_and_not_before(alice):
    notify("Later", "a", recipients=[alice], deliver_at=timezone.now() + timedelta(hours=1))
    assert sweep() == 0

    Event.objects.update(due_at=timezone.now())

    assert sweep() == 1
    assert numbers(alice) == (1, 1, 1)


def test_an_event_that_expired_before_delivery_reaches_nobody(alice):
    notify("Too late", "a", recipients=[alice], expires_at=timezone.now() + timedelta(hours=1))
    Event.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert sweep() == 1

    assert not Notification.objects.exists()


def test_an_event_that_fails_waits_longer_each_time_and_holds_up_no_other(alice, caplog):
    broken = notify("Broken", "a", recipients=[alice])
    notify("Fine", "a", recipients=[alice])
    Event.objects.filter(pk=broken.pk).update(audience={"nonsense": True})

    assert sweep() == 1

    assert Notification.objects.get().event.message == "Fine"
    broken.refresh_from_db()
    assert broken.attempts == 1
    assert "nonsense" in broken.last_error
    assert broken.due_at > timezone.now()
    assert "could not be delivered; it will be retried" in caplog.text
    Event.objects.filter(pk=broken.pk).update(due_at=timezone.now())
    sweep()
    broken.refresh_from_db()
    assert broken.attempts == 2


def test_a_failing_delivery_never_reaches_the_caller(
    alice, caplog, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        event = notify("Hello", "a", recipients=[alice])
        event.audience = {"nonsense": True}  # what the process holds, not what is stored

    assert "was not delivered at once; a sweep will deliver it" in caplog.text
    assert sweep() == 1
    assert Notification.objects.get().event == event


@pytest.mark.django_db(transaction=True)
def test_a_chunk_that_the_database_rolled_back_is_tried_again_and_the_rest_follows(
    users, settings, caplog
):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2}
    people = users(5)
    failures = [OperationalError("deadlock detected")]

    def fail_once(execute, sql, *args):
        if failures and "INSERT INTO" in sql and "realtime_notify_notification" in sql:
            raise failures.pop()
        return execute(sql, *args)

    for user in people:
        subscribe(user, "a")
    with connection.execute_wrapper(fail_once):
        event = notify("Hello", "a")

    event.refresh_from_db()
    assert "was rolled back: deadlock detected" in caplog.text
    assert event.delivered_at is not None
    assert Notification.objects.count() == 5
