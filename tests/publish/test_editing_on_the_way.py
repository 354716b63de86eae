"""Editing an event that is still on its way to inboxes, or to many of them again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from realtime_notify import EVERYONE, edit, notify
from realtime_notify.delivery import deliver
from realtime_notify.inbox import broadcasts, counts, sync
from realtime_notify.models import Event, Notification
from realtime_notify.work import Work, run_due
from tests.publish.conftest import messages

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_two_edits_one_after_the_other_end_with_the_last(users, settings, send, change):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2}
    people = users(5)
    event = send("One", "a", recipients=people)
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2, "INLINE_RECIPIENTS": 3}

    change(event, message="Two")
    change(event, message="Three")
    run_due()

    assert [sync(user, 0)["put"][0]["message"] for user in people] == ["Three"] * 5
    assert set(Notification.objects.values_list("edition", flat=True)) == {2}
    assert Event.objects.get().edit_due_at is None


def test_large_audiences_are_left_to_the_worker(users, settings, send, change):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0}
    people = users(7)
    event = send("Tpyo", "a", recipients=people)
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2, "INLINE_RECIPIENTS": 3}

    change(event, message="Typo")
    assert Notification.objects.filter(edition=1).count() == 3

    assert run_due() == Work(edited=1)
    assert [counts(user)["rev"] for user in people] == [2] * 7


def test_an_edit_beside_a_delivery_reaches_everybody_in_the_end(users, settings, send, change):
    settings.REALTIME_NOTIFY = {"CHUNK_SIZE": 2, "INLINE_RECIPIENTS": 2, "INLINE_SECONDS": 60.0}
    people = users(5)
    event = send("Tpyo", "a", recipients=people)
    stale = Event.objects.get()

    change(event, message="Typo")
    assert deliver(stale) is False  # it would push the old text
    run_due()

    assert [messages(user) for user in people] == [["Typo"]] * 5
    assert set(Notification.objects.values_list("edition", flat=True)) == {1}
    assert sorted(counts(user)["rev"] for user in people) == [1, 1, 1, 2, 2]


def test_an_event_that_is_edited_before_its_commit_arrives_with_the_new_text(alice, commit, pushed):
    with commit():
        event = notify("Tpyo", "a", recipients=[alice])
        edit(event, message="Typo")

    assert messages(alice) == ["Typo"]
    assert counts(alice)["rev"] == 1
    assert '"message":"Typo"' in pushed[0]["body"]


def test_a_planned_event_arrives_with_the_new_text(alice, send, change):
    event = send("Tpyo", "a", recipients=[alice], deliver_at=timezone.now() + timedelta(hours=1))

    change(event, message="Typo")
    Event.objects.update(due_at=timezone.now(), deliver_at=timezone.now())
    run_due()

    assert messages(alice) == ["Typo"]
    assert counts(alice)["rev"] == 1


def test_a_broadcast_has_the_new_text_wherever_it_is_taken_in(alice, bob, send, change):
    event = send("Tpyo", "a", recipients=EVERYONE, lazy=True)
    broadcasts.take_in([alice.pk])

    change(event, message="Typo")

    assert messages(alice) == messages(bob) == ["Typo"]
    assert counts(alice)["rev"] == 2
    assert counts(bob)["rev"] == 1


def test_a_broadcast_that_is_edited_while_it_is_taken_in_is_pushed_with_the_new_text(
    alice, send, pushed, commit
):
    event = send("Tpyo", "a", recipients=EVERYONE, lazy=True)
    pushed.clear()
    looks = []

    def edit_meanwhile(execute, sql, *args):
        if "realtime_notify_event" in sql and sql.startswith("SELECT"):
            looks.append(sql)
            if len(looks) == 2:  # the broadcasts have been found
                Event.objects.filter(pk=event.pk).update(message="Typo", edition=1)
        return execute(sql, *args)

    with commit(), connection.execute_wrapper(edit_meanwhile):
        broadcasts.take_in([alice.pk])

    assert '"message":"Typo"' in pushed[0]["body"]
    assert Notification.objects.get().edition == 1
