"""Writers and workers at the same dispatches at the same time."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from realtime_notify import outbox
from realtime_notify.models import DeliveryProfile, Dispatch, DispatchItem, Medium
from realtime_notify.models.transactions import retried
from realtime_notify.sending.leases import Wanted, take
from tests.outbox.media import LETTER
from tests.threads import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.sql,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows"),
]

EVENTS, PEOPLE = 60, 5


@pytest.fixture(autouse=True)
def media(settings):
    settings.REALTIME_NOTIFY = {"MEDIA": (LETTER,)}


@pytest.fixture
def events(send):
    return [send(f"Event {number}", "demo/news", recipients=[]) for number in range(EVENTS)]


def write(event, people):
    """Write one event for people in whose order another writer might deadlock, as delivery does.

    MariaDB locks gaps between rows, and may roll one back for it; delivery then tries again.
    """

    def once():
        with transaction.atomic():
            outbox.write([event], {"letter": {event.pk: dict.fromkeys(people)}}, {})

    tries = 10 if connection.vendor == "mysql" else 1
    retried(once, f"Writing event {event.pk}", tries=tries, errors=(OperationalError,))


def claim():
    """Take some messages as a worker does, due or not, and return what they tell."""
    later = timezone.now() + timedelta(days=60)
    take_some = partial(take, Wanted("letter", now=later), 2)
    tries = 10 if connection.vendor == "mysql" else 1
    lease = retried(take_some, "Taking messages", tries=tries, errors=(OperationalError,))
    items = DispatchItem.objects.filter(dispatch__in=lease.dispatches if lease else [])
    return list(items.values_list("event", "dispatch__user"))


def test_nothing_is_lost_or_taken_twice_while_a_worker_takes(users, events):
    people = [user.pk for user in users(PEOPLE)]
    DeliveryProfile.objects.bulk_create(
        # One window for the whole test.
        DeliveryProfile(user_id=user, interval=43200, is_default=True)
        for user in people
    )
    writing = [threading.Event(), threading.Event()]
    taken = Counter()

    def work(number):
        if number < 2:
            for event in events[number::2]:
                write(event, people if number else people[::-1])
            writing[number].set()
        else:
            while not all(done.is_set() for done in writing):
                taken.update(claim())

    at_once(work, threads=3)
    while found := claim():
        taken.update(found)
    assert taken == Counter((event.pk, user) for event in events for user in people)
    assert Dispatch.objects.count() < EVENTS * PEOPLE  # some joined


def test_a_worker_passes_over_what_is_being_written(users, events):
    alice, bob = (user.pk for user in users("alice", "bob"))
    DeliveryProfile.objects.create(user_id=alice, interval=43200)
    write(events[0], [alice])
    write(events[0], [bob])
    with transaction.atomic():
        outbox.write([events[1]], {"letter": {events[1].pk: {alice: None}}}, {})
        (seen,) = at_once(lambda _: claim(), threads=1)
        assert seen == [(events[0].pk, bob)]
    assert sorted(claim()) == [(events[0].pk, alice), (events[1].pk, alice)]


def test_a_writer_waits_for_a_worker_and_begins_anew(users, events):
    alice = users("alice")[0].pk
    DeliveryProfile.objects.create(user_id=alice, interval=43200)
    write(events[0], [alice])
    has_claimed, may_commit = threading.Event(), threading.Event()

    def work(number):
        if number:
            assert has_claimed.wait(10)
            threading.Timer(0.3, may_commit.set).start()
            write(events[1], [alice])
            return
        with transaction.atomic():
            Dispatch.objects.update(is_open=None)
            has_claimed.set()
            may_commit.wait(10)

    at_once(work, threads=2)
    opened = Dispatch.objects.order_by("pk").values_list("is_open", "items__event")
    assert list(opened) == [(None, events[0].pk), (True, events[1].pk)]


def test_two_writers_make_a_medium_once(users, events):
    people = [user.pk for user in users(2)]
    at_once(lambda number: write(events[number], [people[number]]), threads=2)
    assert Medium.objects.filter(name="letter").count() == 1
    assert DispatchItem.objects.count() == 2
