"""A broadcast: one row and a number of its own."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from realtime_notify import inbox, notify, opt_out, subscribe
from realtime_notify.delivery import deliver, sweep
from realtime_notify.delivery.revising import remove
from realtime_notify.models import BroadcastCounter, Event, Inbox, Notification, NotificationType

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def readers(users):
    """Three people who are subscribed to the news."""
    people = users("ann", "ben", "cleo")
    for person in people:
        subscribe(person, "news")
    return people


def numbers():
    return list(Event.objects.order_by("pk").values_list("number", flat=True))


def test_a_lazy_event_is_one_row_however_many_it_is_for(readers, send):
    event = send("The library opens", "news", lazy=True)

    event.refresh_from_db()
    assert (event.number, event.due_at) == (1, None)
    assert event.delivered_at is not None
    assert not Notification.objects.exists()
    assert not Inbox.objects.exists()


def test_broadcasts_are_numbered_in_their_order(readers, send):
    for text in ("One", "Two", "Three"):
        send(text, "news", lazy=True)

    assert numbers() == [1, 2, 3]
    assert BroadcastCounter.objects.get().number == 3


def test_a_broadcast_that_is_rolled_back_leaves_no_gap(readers, send):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        deliver(notify("Never", "news", lazy=True))
        raise ZeroDivisionError
    send("One", "news", lazy=True)

    assert numbers() == [1]


def test_delivering_again_gives_no_second_number(readers):
    event = notify("Once", "news", lazy=True)
    other_process = Event.objects.get()

    assert deliver(event) is True
    assert deliver(other_process) is False

    assert numbers() == [1]
    assert BroadcastCounter.objects.get().number == 1


def test_the_sweep_numbers_a_broadcast_whose_process_died(readers):
    notify("Promised", "news", lazy=True)

    assert sweep() == 1

    assert numbers() == [1]


def test_a_postponed_broadcast_gets_its_number_when_it_is_due(readers, send):
    send("Later", "news", lazy=True, deliver_at=timezone.now() + timedelta(hours=1))
    send("Now", "news", lazy=True)
    assert numbers() == [None, 1]

    Event.objects.filter(number=None).update(due_at=timezone.now())
    sweep()

    assert numbers() == [2, 1]


def test_a_broadcast_that_expired_before_its_delivery_gets_no_number(readers):
    notify("Too late", "news", lazy=True, expires_at=timezone.now() + timedelta(hours=1))
    Event.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert sweep() == 1

    assert numbers() == [None]
    assert Event.objects.get().delivered_at is not None
    assert not BroadcastCounter.objects.exists()


def test_all_server_processes_are_told_its_number_and_keys(readers, send, pushed):
    send("Hello", "news", lazy=True, also=[("offers",)])

    assert pushed == [{"type": "rn.broadcast", "number": 1, "keys": ["news", "offers"]}]


def test_numbering_takes_the_same_statements_for_one_subscriber_and_for_many(
    users, commit, django_assert_num_queries
):
    NotificationType.objects.create(key="news")
    for person in users(30):
        subscribe(person, "news")
    with commit():
        notify("First", "news", lazy=True)

    with django_assert_num_queries(8), commit():
        notify("Second", "news", lazy=True)


class TestAboveTheLimit:
    """`LAZY_ABOVE` makes a broadcast of an event for many."""

    def test_an_event_for_more_people_becomes_a_broadcast(self, readers, send, settings):
        settings.REALTIME_NOTIFY = {"LAZY_ABOVE": 2}

        event = send("For three", "news")

        assert event.lazy is True
        event.refresh_from_db()
        assert (event.lazy, event.number) == (True, 1)
        assert not Notification.objects.exists()

    @pytest.mark.parametrize("why", ["opted out", "inactive", "excluded"])
    def test_one_person_who_is_left_out_makes_no_large_event_small(
        self, users, send, settings, why
    ):
        settings.REALTIME_NOTIFY = {"LAZY_ABOVE": 2}
        first, *_ = people = sorted(users(6), key=lambda user: user.pk)
        for person in people:
            subscribe(person, "news")
        if why == "opted out":
            opt_out(first, "news")
        elif why == "inactive":
            type(first).objects.filter(pk=first.pk).update(is_active=False)

        event = send("For five", "news", exclude=[first] if why == "excluded" else [])

        event.refresh_from_db()
        assert (event.lazy, event.number) == (True, 1)

    def test_an_event_for_fewer_is_written_to_their_inboxes(self, readers, send, settings):
        settings.REALTIME_NOTIFY = {"LAZY_ABOVE": 3}

        event = send("For three", "news")

        event.refresh_from_db()
        assert (event.lazy, event.number) == (False, None)
        assert Notification.objects.count() == 3

    def test_named_recipients_get_rows_however_many_they_are(self, readers, send, settings):
        settings.REALTIME_NOTIFY = {"LAZY_ABOVE": 0}

        send("For three", "news", recipients=readers)

        assert Notification.objects.count() == 3

    def test_one_of_many_events_of_a_commit_becomes_a_broadcast(
        self, readers, commit, settings, alice
    ):
        settings.REALTIME_NOTIFY = {"LAZY_ABOVE": 2, "INLINE_SECONDS": 60}

        with commit():
            notify("For three", "news")
            notify("For one", "letters", recipients=[alice])
            notify("For three by name", "letters", recipients=readers)

        assert numbers() == [1, None, None]
        assert Notification.objects.count() == 4

    def test_an_event_that_some_have_already_stays_as_it_is(self, readers, settings):
        event = notify("Begun", "news")
        settings.REALTIME_NOTIFY = {"CHUNK_SIZE": 1}
        deliver(event, limit=1)
        settings.REALTIME_NOTIFY = {"LAZY_ABOVE": 0}

        assert sweep() == 1

        assert Notification.objects.count() == 3
        assert numbers() == [None]

    def test_who_counted_while_another_process_began_leaves_it_alone(self, readers, settings):
        event = notify("Begun", "news")
        late = Event.objects.get()
        settings.REALTIME_NOTIFY = {"CHUNK_SIZE": 1}
        deliver(event, limit=1)
        settings.REALTIME_NOTIFY = {"LAZY_ABOVE": 0}

        assert deliver(late) is False

        assert numbers() == [None]
        assert not BroadcastCounter.objects.filter(number__gt=0).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")
def test_a_removal_waits_for_those_who_are_taking_the_event_in(users):
    (ann,) = users("ann")
    subscribe(ann, "news")
    expires_at = timezone.now() + timedelta(seconds=1)
    event = notify("For a second", "news", lazy=True, expires_at=expires_at)
    is_written = threading.Event()

    def take_in():
        with transaction.atomic():
            inbox.counts(ann)
            is_written.set()
            time.sleep(2)
        connection.close()

    looking = threading.Thread(target=take_in)
    looking.start()
    assert is_written.wait(10)
    time.sleep(max(0.0, (expires_at - timezone.now()).total_seconds()))

    remove()
    looking.join()

    assert Notification.objects.get().deleted_at is not None
    assert inbox.counts(ann)["unread"] == 0
    event.refresh_from_db()
    assert event.removal_due_at is None
