"""Any number of processes share the events that are due, and large ones let small ones pass."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from realtime_notify import notify
from realtime_notify.delivery import sweep, sweeping
from realtime_notify.models import Event, Notification
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def reached():
    """Return the messages in the order in which they reached people."""
    rows = Notification.objects.order_by("pk").values_list("event__message", flat=True)
    return list(rows)


def stop_after(calls):
    """Return a function that says stop once it has been asked so many times."""
    left = iter([False] * calls)
    return lambda: next(left, True)


def test_the_event_that_has_been_due_longest_is_delivered_first(alice):
    newer = notify("Newer", "a", recipients=[alice])
    notify("Older", "a", recipients=[alice])
    Event.objects.filter(pk=newer.pk).update(due_at=timezone.now())

    assert sweep() == 2

    assert reached() == ["Older", "Newer"]


def test_more_events_than_one_batch_holds_are_all_delivered(alice, monkeypatch):
    monkeypatch.setattr(sweeping, "BATCH", 2)
    for number in range(5):
        notify(f"Number {number}", "a", recipients=[alice])

    assert sweep() == 5

    assert not Event.objects.due().exists()


def test_an_event_too_large_for_its_turn_lets_those_behind_it_pass(users, settings, monkeypatch):
    settings.REALTIME_NOTIFY = {"CHUNK_SIZE": 1}
    people = users(4)
    notify("Large", "a", recipients=people)
    notify("Small", "a", recipients=people[:1])
    turns = iter([1, 5, 9])  # chunks, instead of seconds

    monkeypatch.setattr(sweeping, "within", lambda *_: stop_after(next(turns)))

    assert sweep() == 2
    assert reached() == ["Large", "Small", "Large", "Large", "Large"]


def test_an_event_that_is_leased_is_left_to_the_process_that_has_it(alice):
    notify("Hello", "a", recipients=[alice])
    lease = sweeping._take()

    assert sweep() == 0

    lease.give_back(lease.events, timezone.now())
    assert sweep() == 1


def test_the_events_of_a_process_that_died_are_due_again_when_its_lease_is_over(alice):
    notify("Hello", "a", recipients=[alice])
    lease = sweeping._take()
    assert Event.objects.get().due_at == lease.until

    Event.objects.update(due_at=timezone.now())  # the lease is over

    assert sweep() == 1


def test_a_sweep_that_stops_leaves_nothing_leased(users, settings):
    settings.REALTIME_NOTIFY = {"CHUNK_SIZE": 1, "INLINE_RECIPIENTS": 0}
    for number in range(3):
        notify(f"Number {number}", "a", recipients=users(1))

    assert sweep(stop_after(4)) == 1

    assert Event.objects.due().count() == 2
    assert sweep() == 2


def test_a_moment_that_delivery_chose_itself_outlives_the_lease(alice):
    event = notify("Hello", "a", recipients=[alice])
    lease = sweeping._take()
    tomorrow = timezone.now() + timedelta(days=1)
    Event.objects.update(due_at=tomorrow)

    lease.give_back(lease.events, timezone.now())

    event.refresh_from_db()
    assert event.due_at == tomorrow


def test_a_sweep_holds_the_long_audience_of_one_event_at_a_time(alice, monkeypatch):
    monkeypatch.setattr(sweeping, "LONG_AUDIENCE", 5)
    for number in range(3):
        notify(f"Number {number}", "a", recipients=[alice])

    with CaptureQueriesContext(connection) as asked:
        sweep()

    with_audience = [
        query["sql"]
        for query in asked
        if query["sql"].startswith("SELECT") and "audience" in query["sql"]
        if "LENGTH(" not in query["sql"]  # which found no short ones
    ]
    assert len(with_audience) == 3
    assert all("LIMIT 1" in sql for sql in with_audience)


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_time_deliver_everything_once(users, settings):
    settings.REALTIME_NOTIFY = {"INLINE_RECIPIENTS": 0}
    people = users(3)
    for number in range(30):
        notify(f"Number {number}", "a", recipients=people, collapse_key=None)

    delivered = at_once(lambda _: sweep())

    assert sum(delivered) == 30
    assert Notification.objects.count() == 90


def test_what_was_taken_when_the_database_went_away_is_due_when_it_is_back(alice):
    """A lease outlasts a process that died. This one lives, and need not wait for its own."""
    notify("First", "a", recipients=[alice])
    notify("Second", "a", recipients=[alice])

    def break_down(execute, sql, *arguments):
        if "realtime_notify_notification" in sql:
            away.append(sql)
        if away:
            raise OperationalError("the connection is closed")
        return execute(sql, *arguments)

    away: list[str] = []
    with pytest.raises(OperationalError), connection.execute_wrapper(break_down):
        sweep()
    assert not Event.objects.due().exists()

    assert sweep() == 2

    assert reached() == ["First", "Second"]
