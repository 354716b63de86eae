"""What one transaction has begun must neither hold up others nor fail because of them."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from realtime_notify import EVERYONE, notify, opt_out, subscribe, unread_count
from realtime_notify.delivery import deliver
from realtime_notify.inbox import catch_up, page
from realtime_notify.models import Event, Inbox, Notification
from realtime_notify.retention import Policy, forget, prune
from realtime_notify.work import run_due
from tests.delivery.conftest import held, numbers

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.sql,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows"),
]

WOKEN: list[Any] = []


def wake_up(when):
    WOKEN.append(when)


def inboxes(*people):
    return Inbox.objects.filter(pk__in=[user.pk for user in people]).order_by("pk")


def run_due_in_a_moment():
    time.sleep(0.6)
    run_due()


@contextmanager
def request(work):
    """Do something in the transaction of another connection, which commits after the block."""
    has_begun, may_end, errors = threading.Event(), threading.Event(), []

    def run():
        try:
            with transaction.atomic():
                work()
                has_begun.set()
                may_end.wait(3)
        except Exception as error:
            errors.append(error)
        finally:
            has_begun.set()
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert has_begun.wait(10)
    try:
        yield
    finally:
        may_end.set()
        thread.join()
    assert errors == []


def test_a_first_look_in_a_long_transaction_holds_up_no_delivery(users):
    people = users(5)
    notify("First", "a", recipients=people[1:4])
    notify("Before", "a", recipients=EVERYONE, lazy=True)

    with request(lambda: page(people[0])):  # makes the inbox, and does not commit
        started = time.monotonic()
        notify("Hello", "a", recipients=people)
        assert time.monotonic() - started < 2  # a second is the least that MariaDB waits
        arrived = Notification.objects.filter(event__message="Hello")
        assert set(arrived.values_list("user", flat=True)) >= {user.pk for user in people[1:4]}

    run_due_in_a_moment()
    assert arrived.count() == 5


def test_an_event_that_is_taken_in_is_not_removed_before_the_commit(users):
    (alice,) = users("alice")
    long_ago = timezone.now() - timedelta(days=100)
    type(alice)._default_manager.update(date_joined=long_ago - timedelta(days=1))
    notify("News", "a", recipients=EVERYONE, lazy=True)
    Event.objects.update(created=long_ago, delivered_at=long_ago)

    with request(lambda: catch_up(alice)):  # nothing in it may fail at the commit
        list(prune(Policy(events=timedelta(days=90))))


def test_a_locked_event_is_taken_in_all_the_same(users):
    (alice,) = users("alice")
    tomorrow = timezone.now() + timedelta(days=1)
    event = notify("News", "a", recipients=EVERYONE, lazy=True, expires_at=tomorrow)

    with held(Event.objects.filter(pk=event.pk), seconds=0.5):
        catch_up(alice)  # waits for it

    assert unread_count(alice) == 1


def test_stragglers_who_have_left_meanwhile_get_nothing(users):
    people = users(5)
    for user in people:
        subscribe(user, "a")
    notify("Before", "a")
    with held(inboxes(*people[:2])):
        notify("Hello", "a")
    opt_out(people[0], "a")
    type(people[1])._default_manager.filter(pk=people[1].pk).update(is_active=False)

    run_due_in_a_moment()

    assert [numbers(user)[0] for user in people] == [1, 1, 2, 2, 2]


def test_a_straggler_who_was_forgotten_is_not_remembered(users, settings):
    settings.REALTIME_NOTIFY = {"CHUNK_SIZE": 2, "INLINE_RECIPIENTS": 2, "INLINE_SECONDS": 60.0}
    people = users(7)
    for user in people:
        subscribe(user, "a")
    alice = min(people, key=lambda user: user.pk)
    with held(type(alice)._default_manager.filter(pk=alice.pk)):
        event = notify("Hello", "a")
    event = Event.objects.get(pk=event.pk)  # as the worker has it
    assert event.stragglers
    type(alice)._default_manager.filter(pk=alice.pk).update(is_active=False)
    forget(alice)

    deliver(event)
    run_due_in_a_moment()

    assert not Notification.objects.filter(user=alice).exists()


def test_busy_inboxes_do_not_hold_up_expiry(users, settings):
    settings.REALTIME_NOTIFY = {"CHUNK_SIZE": 2, "INLINE_SECONDS": 60.0}
    people = sorted(users(7), key=lambda user: user.pk)
    notify("Now", "a", recipients=people, expires_at=timezone.now() + timedelta(seconds=1))
    time.sleep(1)

    with held(inboxes(*people[:2])):
        run_due()
        assert [numbers(user)[1] for user in people] == [1, 1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("events", [1, 2])
def test_stragglers_are_work_for_a_task_engine(users, settings, events):
    settings.REALTIME_NOTIFY = {"WAKE_UP": f"{__name__}.wake_up", "INLINE_SECONDS": 60.0}
    people = users(5)
    notify("Before", "a", recipients=people)
    WOKEN.clear()
    with held(inboxes(people[0])), transaction.atomic():
        for number in range(events):
            notify(f"Hello {number}", "a", recipients=people)

    due = Event.objects.filter(delivered_at=None).values_list("due_at", flat=True)
    assert len(due) == events
    assert [when for when in WOKEN if when is not None] == sorted(set(due))
