from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from realtime_notify import notify, work
from realtime_notify.inbox import page, snooze
from realtime_notify.models import Event, Notification
from realtime_notify.work import Work, rounds, run_due

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def tomorrow():
    return timezone.now() + timedelta(days=1)


def let_time_pass():
    past = timezone.now() - timedelta(seconds=1)
    Notification.objects.filter(snoozed_until__isnull=False).update(snoozed_until=past)
    Event.objects.filter(removal_due_at__isnull=False).update(removal_due_at=past)


def messages(user):
    return [item["message"] for item in page(user)["put"]]


def test_one_failing_task_does_not_hold_up_the_others_that_are_due(alice, send, caplog):
    send("Sleeper", "a", recipients=[alice])
    snooze(alice, ids=[Notification.objects.get().pk], until=tomorrow())
    let_time_pass()
    notify("Promised", "a", recipients=[alice])
    broken = notify("Broken", "a", recipients=[alice])
    Event.objects.filter(pk=broken.pk).update(audience={"nonsense": True})

    assert run_due() == Work(delivered=1, woken=1)

    assert messages(alice) == ["Sleeper", "Promised"]


def test_due_work_stops_when_should_stop_says_so(alice):
    notify("Promised", "a", recipients=[alice])

    assert not run_due(should_stop=lambda: True)
    assert messages(alice) == []


def test_due_work_of_every_kind_is_done_until_nothing_is_left(users, send, settings):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 50}
    people = users(300)
    send("Sleeper", "a", recipients=people)
    snoozed = Notification.objects.update(snoozed_until=tomorrow(), read_at=timezone.now())
    for number in range(150):
        send(f"Sale {number}", "b", recipients=people[:1], expires_at=tomorrow())
    notify("Promised", "a", recipients=people)
    let_time_pass()

    assert run_due() == Work(delivered=1, woken=snoozed, removed=150)
    assert not run_due()


def test_a_round_gives_each_kind_of_work_a_share_of_the_time(alice, send, monkeypatch):
    monkeypatch.setattr(work, "SHARE", 0.0)
    send("Sleeper", "a", recipients=[alice])
    snooze(alice, ids=[Notification.objects.get().pk], until=tomorrow())
    notify("Promised", "a", recipients=[alice])
    let_time_pass()
    first = rounds()

    assert next(first) == Work()  # the time was over before each began
    monkeypatch.setattr(work, "SHARE", 5.0)

    assert next(first) == Work(delivered=1, woken=1)


def test_work_that_fails_does_not_keep_the_other_kinds_from_being_done(
    alice, send, monkeypatch, caplog
):
    send("Sale", "a", recipients=[alice], expires_at=tomorrow())
    let_time_pass()
    with connection.execute_wrapper(refuse_due_snoozes):
        assert run_due() == Work(removed=1)

    assert "wake() failed; the next sweep will retry it." in caplog.text


def refuse_due_snoozes(execute, sql, *rest):
    """Fail the query for snoozes that are over: an execute wrapper."""
    if re.search(r"snoozed_until\W+<=", sql):
        raise OperationalError("out of memory")
    return execute(sql, *rest)
