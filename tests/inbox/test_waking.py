"""Snoozed notifications arrive again, thousands at a time."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from realtime_notify import text
from realtime_notify.delivery.waking import wake
from realtime_notify.inbox import counts, snooze
from realtime_notify.inbox.waking import wake as wake_these
from realtime_notify.models import Event, Inbox, Notification
from tests.delivery.conftest import held

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def fall_asleep(minutes_ago=1):
    """Let everybody's notifications have been snoozed until some minutes ago."""
    Inbox.objects.update(unread=0, unseen=0)
    moment = timezone.now() - timedelta(minutes=minutes_ago)
    Notification.objects.update(snoozed_until=moment)


def test_each_notification_that_wakes_is_a_revision_of_its_inbox(alice, bob, fill):
    fill(alice, bob, count=3)
    fall_asleep()

    assert wake() == 6

    for user in (alice, bob):
        assert counts(user) == {"rev": 6, "unread": 3, "unseen": 3}
        rows = Notification.objects.filter(user=user).order_by("pk")
        assert [(row.seq, row.rev, row.snoozed_until) for row in rows] == [
            (4, 4, None),
            (5, 5, None),
            (6, 6, None),
        ]


def test_browsers_get_each_of_a_few_that_wake(alice, fill, pushed, commit):
    fill(alice, count=2)
    fall_asleep()
    pushed.clear()

    with commit():
        wake()

    frames = [message["frame"] for message in pushed]
    assert [(frame["rev"], frame["unread"]) for frame in frames] == [(3, 1), (4, 2)]
    assert [frame["put"][0]["message"] for frame in frames] == ["Number 0", "Number 1"]
    assert [frame["put"][0]["snoozed"] for frame in frames] == [False, False]


def test_many_that_wake_are_left_to_the_heal_query(users, fill, pushed, commit, settings):
    settings.REALTIME_NOTIFY = {"SMALL_AUDIENCE": 2}
    fill(*users(3))
    fall_asleep()
    pushed.clear()

    with commit():
        assert wake() == 3

    assert pushed == []


def test_waking_costs_the_same_statements_for_one_and_for_a_hundred(users, fill):
    people = users(100)
    fill(*people)

    def statements():
        with CaptureQueriesContext(connection) as asked:
            wake()
        return len(asked)

    fall_asleep()
    Notification.objects.exclude(user=people[0]).update(snoozed_until=None)
    Inbox.objects.update(unread=0)
    for_one = statements()
    fall_asleep()

    assert statements() <= for_one


def test_what_another_process_woke_costs_no_revision(alice, fill):
    (row,) = fill(alice)
    fall_asleep()
    assert wake_these({row.pk: alice.pk}) == 1
    before = counts(alice)

    assert wake_these({row.pk: alice.pk}) == 0

    assert counts(alice) == before


def test_a_notification_whose_snooze_was_extended_meanwhile_sleeps_on(alice, fill):
    (row,) = fill(alice)
    later = timezone.now() + timedelta(days=1)
    snooze(alice, ids=[row.pk], until=later)

    assert wake_these({row.pk: alice.pk}) == 0

    row.refresh_from_db()
    assert row.snoozed_until == later


def test_one_that_cannot_wake_holds_up_no_other(users, fill, settings, caplog):
    settings.REALTIME_NOTIFY = {"CHUNK_SIZE": 4, "INLINE_SECONDS": 60}
    people = users(10)
    rows = fill(*people)
    fall_asleep()

    def refuse_one(execute, sql, parameters, *rest):
        written = sql.startswith("UPDATE") and "_notification" in sql
        if written and re.search(rf"\b{rows[3].pk}\b", str(parameters)):
            raise DataError("a value is out of range")
        return execute(sql, parameters, *rest)

    with connection.execute_wrapper(refuse_one):
        assert wake() == 9

    assert f"Notification {rows[3].pk} cannot wake" in caplog.text
    assert Notification.objects.get(snoozed_until__isnull=False) == rows[3]
    assert counts(rows[3].user)["rev"] == 1
    assert wake() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")
@pytest.mark.parametrize("model", [Inbox, get_user_model()])
def test_an_inbox_that_somebody_holds_sleeps_on_and_keeps_nobody_waiting(users, fill, model):
    people = users(3)
    fill(*people)
    fall_asleep()

    with held(model._default_manager.filter(pk=people[1].pk)):
        assert wake() == 2

    assert Notification.objects.get(snoozed_until__isnull=False).user == people[1]
    assert wake() == 1


def test_a_text_that_wakes_is_asked_for_by_each_browser_in_its_language(
    alice, fill, pushed, commit
):
    (row,) = fill(alice)
    Event.objects.update(texts={"message": text("%(age)s ago", age="Ann").stored})
    Notification.objects.update(snoozed_until=timezone.now())
    pushed.clear()

    with commit():
        assert wake_these({row.pk: alice.pk}) == 1

    [message] = pushed
    assert message["frame"]["from"] == message["frame"]["rev"] == 2
    assert "put" not in message["frame"]
