"""Removing events that are in no inbox any more."""

from __future__ import annotations

import pytest
from django.utils import timezone

from realtime_notify import notify
from realtime_notify.inbox import mark_read
from realtime_notify.models import Dispatch, Event, EventActor, EventFilter, EventSeen, Medium
from realtime_notify.retention import Policy
from tests.retention.conftest import DAYS
from tests.retention.test_pruning import walk
from tests.sending.conftest import enqueue

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

OLD = Policy(events=50 * DAYS)


@pytest.fixture
def old_event(send):
    """Make an event of 100 days ago that nobody holds."""

    def make(**columns):
        event = send("Long ago", "a", recipients=[], filters={"colour": "red"})
        then = timezone.now() - 100 * DAYS
        columns = {"created": then, "delivered_at": then, "due_at": None} | columns
        Event.objects.filter(pk=event.pk).update(**columns)
        return event

    return make


def test_an_old_event_that_nobody_holds_goes_with_all_that_is_its_own(old_event, alice):
    event = old_event()
    EventActor.objects.create(event=event, actor_text="Bo")
    medium = Medium.objects.named("email")
    medium.mark_seen([event], alice)
    EventSeen.objects.update(seen_at=timezone.now() - 60 * DAYS)

    assert walk(OLD).events == 1
    assert not Event.objects.exists()
    assert not EventFilter.objects.exists()
    assert not EventActor.objects.exists()
    assert not EventSeen.objects.exists()


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"created": timezone.now()}, id="young"),
        pytest.param({"deliver_at": timezone.now() - 10 * DAYS}, id="arrived later"),
        pytest.param({"delivered_at": timezone.now()}, id="delivered just now"),
        pytest.param({"delivered_at": None, "due_at": timezone.now()}, id="due"),
        pytest.param({"delivered_at": None}, id="never delivered"),
        pytest.param(
            {"delivered_at": None, "due_at": timezone.now() + DAYS, "deliver_at": timezone.now()},
            id="postponed",
        ),
        pytest.param({"lazy": True, "number": 1, "created": timezone.now()}, id="a new broadcast"),
    ],
)
def test_an_event_that_is_needed_stays(old_event, columns):
    old_event(**columns)

    assert walk(OLD).events == 0
    assert Event.objects.exists()


def test_an_event_that_somebody_holds_stays(alice, fill, aged):
    rows = fill(alice)
    mark_read(alice, ids=[rows[0].pk])
    aged(rows, days=100)

    assert walk(OLD).events == 0
    assert walk(Policy(read=50 * DAYS, events=50 * DAYS)).events == 1


def test_an_event_that_was_seen_lately_stays(old_event, alice):
    Medium.objects.named("email").mark_seen([old_event()], alice)

    assert walk(OLD).events == 0


def test_an_old_broadcast_goes_too(old_event):
    old_event(lazy=True, number=1)

    assert walk(OLD).events == 1


def test_events_go_by_batches(old_event):
    for _ in range(5):
        old_event()

    from realtime_notify.retention import prune

    assert [progress.events for progress in prune(OLD, batch=2)] == [2, 4, 5]


def test_a_dry_run_counts_events(old_event):
    old_event()
    notify("Now", "a", recipients=[])

    assert walk(OLD, dry_run=True).events == 1
    assert Event.objects.count() == 2


def test_an_old_event_that_is_yet_to_leave_in_a_message_stays_until_it_has(old_event, alice):
    dispatch = enqueue(alice, old_event(), interval=43_200)

    assert walk(OLD).events == 0

    Dispatch.objects.filter(pk=dispatch.pk).update(state="sent")
    assert walk(OLD).events == 1
    assert dispatch.items.count() == 0
