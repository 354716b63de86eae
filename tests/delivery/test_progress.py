"""How far the delivery of an event is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from realtime_notify import EVERYONE, notify, subscribe
from realtime_notify.delivery import Progress, deliver
from realtime_notify.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_it_reads_as_a_line():
    said = str(Progress(done=120_000, total=1_000_000, rate=18_333.3))

    assert said == "120,000 of 1,000,000 (12 %), 18,333/s, 48 s left"
    assert str(Progress(done=0, total=20, rate=None)) == "0 of 20 (0 %)"
    assert str(Progress(done=7, total=None, rate=2.0)) == "7, 2/s"


def test_the_rest_takes_as_long_as_the_rate_says():
    assert Progress(done=20, total=100, rate=40.0).seconds_left == 2.0
    assert Progress(done=20, total=10, rate=40.0).seconds_left == 0.0
    assert Progress(done=20, total=None, rate=40.0).seconds_left is None
    assert Progress(done=0, total=100, rate=None).seconds_left is None


def test_named_people_are_counted_exactly(users, settings):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2}
    event = notify("Hello", "a", recipients=users(5))
    assert event.progress() == Progress(done=0, total=5, rate=None)

    deliver(event, limit=2)

    event.refresh_from_db()
    progress = event.progress()
    assert (progress.done, progress.total) == (2, 5)
    assert progress.rate > 0


def test_subscribers_are_counted_by_their_subscriptions_and_groups(users, settings):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2}
    people = users(6)
    team = Group.objects.create(name="Team")
    team.user_set.set(people[4:])
    for user in people[:4]:
        subscribe(user, "a")
    subscribe(team, "a")
    event = notify("Hello", "a")
    assert event.progress().total == 6

    deliver(event, limit=2)

    event.refresh_from_db()
    assert (event.progress().done, event.progress().total) == (2, 6)


def test_everyone_is_counted_and_so_are_the_people_that_an_event_is_narrowed_to(users):
    people = users(4)
    for user in people:
        subscribe(user, "a")

    assert notify("Hello", "a", recipients=EVERYONE).progress().total == 4
    assert notify("Hello", "a", recipient_users=people[:2]).progress().total == 2


def test_an_event_that_is_delivered_has_reached_everybody(users):
    people = users(3)
    for user in people:
        subscribe(user, "a")
    event = notify("Hello", "a", exclude=people[:1])
    deliver(event)
    moment = timezone.now()
    Event.objects.update(started_at=moment - timedelta(seconds=4), delivered_at=moment, due_at=None)

    event.refresh_from_db()

    assert event.progress() == Progress(done=2, total=2, rate=0.5)
