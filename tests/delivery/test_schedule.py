from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from realtime_notify import mark_read, notify
from realtime_notify.delivery import schedule
from realtime_notify.delivery.schedule import Work, rounds, run_due, wake
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.inbox import archive, counts, page, snooze, sync
from realtime_notify.models import Event, Notification

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def tomorrow():
    return timezone.now() + timedelta(days=1)


def let_time_pass():
    past = timezone.now() - timedelta(seconds=1)
    Notification.objects.filter(snoozed_until__isnull=False).update(snoozed_until=past)
    Event.objects.filter(removal_due_at__isnull=False).update(removal_due_at=past)


def messages(user):
    return [item["message"] for item in page(user)["put"]]


def test_a_snoozed_notification_leaves_the_list_and_returns_at_the_top(alice, send):
    send("One", "a", recipients=[alice])
    send("Two", "a", recipients=[alice])
    (one, _) = Notification.objects.order_by("seq")

    assert snooze(alice, ids=[one.pk], until=tomorrow()) == {
        "rev": 3,
        "unread": 1,
        "unseen": 1,
        "snooze": {"ids": [one.pk]},
    }
    assert messages(alice) == ["Two"]
    assert sync(alice, 2)["put"][0]["snoozed"] is True
    assert wake() == 0

    let_time_pass()
    assert wake() == 1

    assert messages(alice) == ["One", "Two"]
    assert counts(alice) == {"rev": 4, "unread": 2, "unseen": 2}
    assert wake() == 0


def test_a_snoozed_notification_that_was_read_or_archived_returns_uncounted(alice, send):
    send("One", "a", recipients=[alice])
    send("Two", "a", recipients=[alice])
    ids = list(Notification.objects.order_by("seq").values_list("pk", flat=True))
    mark_read(alice, ids=ids[:1])
    snooze(alice, ids=ids, until=tomorrow())

    let_time_pass()
    assert wake() == 2

    assert counts(alice)["unread"] == 1
    rows = Notification.objects.filter(user=alice)
    assert len({row.seq for row in rows}) == 2


def test_a_snoozed_notification_is_neither_collapsed_into_nor_archived(alice, send):
    send("Same", "a", recipients=[alice])
    (row,) = Notification.objects.all()
    snooze(alice, ids=[row.pk], until=tomorrow())

    send("Same", "a", recipients=[alice])

    assert Notification.objects.count() == 2
    assert archive(alice, ids=[row.pk])["from"] == 3


@pytest.mark.parametrize("until", ["yesterday", None, 5, "2001-01-01T00:00:00Z"])
def test_a_snooze_must_end_in_the_future(alice, until):
    with pytest.raises(InvalidRequest, match="moment"):
        snooze(alice, ids=[1], until=until)


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
    monkeypatch.setattr(schedule, "SHARE", 0.0)
    send("Sleeper", "a", recipients=[alice])
    snooze(alice, ids=[Notification.objects.get().pk], until=tomorrow())
    notify("Promised", "a", recipients=[alice])
    let_time_pass()
    first = rounds()

    assert next(first) == Work()  # the time was over before each began
    monkeypatch.setattr(schedule, "SHARE", 5.0)

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
