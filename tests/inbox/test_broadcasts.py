"""Taking broadcasts in: what an inbox lacks is written when somebody looks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from realtime_notify import (
    EVERYONE,
    mark_read,
    mark_seen,
    opt_out,
    subscribe,
    unread_count,
    unsubscribe,
)
from realtime_notify.delivery.revising import remove
from realtime_notify.inbox import broadcasts
from realtime_notify.models import BroadcastCounter, Event, Inbox, Notification
from realtime_notify.signals import delivered
from tests.delivery.conftest import held

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def broadcast(send):
    """Send a broadcast to the subscribers of the news."""

    def broadcast(message="The library opens", key="news", **options):
        return send(message, key, lazy=True, **options)

    return broadcast


@pytest.fixture
def ann(users):
    """Somebody who is subscribed to the news."""
    (person,) = users("ann")
    subscribe(person, "news")
    return person


def take_in(*people, **options):
    return broadcasts.take_in([person.pk for person in people], **options)


def rows(person):
    """Return what is in an inbox as texts, occurrences, seqs and revs, oldest first."""
    found = Notification.objects.filter(user=person).order_by("seq")
    return list(found.values_list("event__message", "occurrences", "seq", "rev"))


def numbers(person):
    row = Inbox.objects.get(user=person)
    return row.rev, row.unread, row.unseen, row.caught_up


def test_each_broadcast_is_one_revision_of_each_inbox_it_concerns(ann, broadcast, commit):
    for text in ("One", "Two", "Three"):
        broadcast(text)

    assert take_in(ann) is True

    assert rows(ann) == [("One", 1, 1, 1), ("Two", 1, 2, 2), ("Three", 1, 3, 3)]
    assert numbers(ann) == (3, 3, 3, 3)


def test_taking_in_again_changes_nothing(ann, broadcast):
    broadcast()
    take_in(ann)

    assert take_in(ann) is False

    assert numbers(ann) == (1, 1, 1, 1)


def test_without_a_broadcast_there_is_nothing_to_do(ann, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert take_in(ann) is False

    assert not Inbox.objects.exists()


def test_who_is_not_concerned_catches_up_without_a_revision(ann, bob, broadcast):
    broadcast()

    take_in(ann, bob)

    assert rows(bob) == []
    assert numbers(bob) == (0, 0, 0, 1)


def test_a_notification_knows_the_subscription_that_brought_it(ann, broadcast):
    broadcast()
    take_in(ann)

    assert Notification.objects.get().subscription == ann.notify_subscriptions.get()


def test_broadcasts_come_after_what_was_delivered_before(ann, broadcast, send):
    broadcast("Broadcast")
    send("To you", "letters", recipients=[ann])

    take_in(ann)

    assert rows(ann) == [("To you", 1, 1, 1), ("Broadcast", 1, 2, 2)]


def test_people_who_are_behind_by_different_numbers_catch_up_together(ann, users, broadcast):
    (ben,) = users("ben")
    subscribe(ben, "news")
    broadcast("One")
    take_in(ann)
    broadcast("Two")

    take_in(ann, ben)

    assert [row[0] for row in rows(ann)] == ["One", "Two"]
    assert rows(ben) == rows(ann)


class TestRepeats:
    def test_repeats_among_the_broadcasts_collapse(self, ann, broadcast):
        broadcast("Closed", collapse_key="hours")
        broadcast("Rain")
        broadcast("Open", collapse_key="hours")

        take_in(ann)

        assert rows(ann) == [("Rain", 1, 2, 2), ("Open", 2, 3, 3)]
        assert numbers(ann) == (3, 2, 2, 3)

    def test_a_repeat_of_an_unread_notification_collapses_into_it(self, ann, broadcast):
        broadcast("Closed", collapse_key="hours")
        take_in(ann)
        mark_seen(ann, upto=1)
        broadcast("Open", collapse_key="hours")

        take_in(ann)

        assert rows(ann) == [("Open", 2, 3, 3)]
        assert numbers(ann) == (3, 1, 1, 2)

    def test_a_repeat_of_what_was_read_is_new(self, ann, broadcast):
        broadcast("Open")
        take_in(ann)
        mark_read(ann, upto=1)
        broadcast("Open")

        take_in(ann)

        assert [row[:2] for row in rows(ann)] == [("Open", 1), ("Open", 1)]


class TestWhoIsConcerned:
    """It is decided when it is taken in."""

    def test_who_unsubscribed_before_looking_gets_no_row(self, ann, broadcast):
        broadcast()
        unsubscribe(ann, "news")

        take_in(ann)

        assert rows(ann) == []

    def test_who_opted_out_before_looking_gets_no_row(self, ann, broadcast):
        broadcast()
        opt_out(ann, "news")

        take_in(ann)

        assert rows(ann) == []

    def test_who_subscribed_later_is_not_concerned(self, bob, broadcast):
        event = broadcast()
        Event.objects.filter(pk=event.pk).update(created=timezone.now() - timedelta(hours=1))
        subscribe(bob, "news")

        take_in(bob)

        assert rows(bob) == []

    def test_who_joined_later_is_not_concerned_by_what_their_group_was_told(self, users, broadcast):
        cooks = Group.objects.create(name="cooks")
        subscribe(cooks, "news")
        (old,) = users("old")
        event = broadcast("Before")
        Event.objects.filter(pk=event.pk).update(deliver_at=timezone.now())
        (new,) = users("new")
        cooks.user_set.add(old, new)
        broadcast("After")

        take_in(old, new)

        assert [row[0] for row in rows(old)] == ["Before", "After"]
        assert [row[0] for row in rows(new)] == ["After"]

    def test_new_users_are_spared_the_history(
        self, users, broadcast, monkeypatch, django_assert_max_num_queries
    ):
        monkeypatch.setattr(broadcasts, "MAX_EVENTS", 2)
        for number in range(9):
            broadcast(f"Number {number}", recipients=EVERYONE)
        (new,) = users("new")
        broadcast("After", recipients=EVERYONE)

        with django_assert_max_num_queries(14):
            assert unread_count(new) == 1
        with django_assert_max_num_queries(20):
            take_in(new)

        assert [row[0] for row in rows(new)] == ["After"]
        assert numbers(new) == (1, 1, 1, 10)

    def test_a_broadcast_that_expired_before_looking_is_never_written(self, ann, broadcast):
        broadcast("Today only", expires_at=timezone.now() + timedelta(hours=1))
        Event.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        take_in(ann)

        assert rows(ann) == []
        assert numbers(ann) == (0, 0, 0, 1)

    def test_an_inactive_user_gets_no_row(self, ann, broadcast):
        broadcast()
        ann.is_active = False
        ann.save()

        take_in(ann)

        assert rows(ann) == []


class TestPushes:
    def test_arrivals_are_pushed_with_the_numbers_of_their_revisions(
        self, ann, broadcast, commit, pushed
    ):
        broadcast("One")
        broadcast("Two")
        pushed.clear()

        with commit():
            take_in(ann)

        assert [message["type"] for message in pushed] == ["rn.put", "rn.put"]
        revs = [(one.rev, one.unread, one.unseen) for message in pushed for one in message["to"]]
        assert revs == [(1, 1, 1), (2, 2, 2)]

    def test_who_gets_many_at_once_is_told_to_ask(self, ann, broadcast, commit, pushed):
        for number in range(21):
            broadcast(f"Number {number}")
        pushed.clear()

        with commit():
            take_in(ann)

        (message,) = pushed
        assert message["frame"] == {"rev": 21, "from": 21, "unread": 21, "unseen": 21}

    def test_delivered_is_sent_for_each_broadcast(self, ann, broadcast, commit):
        heard = []
        event = broadcast()

        def hear(sender, event, user_ids, notification_ids, **kwargs):
            heard.append((event, user_ids, notification_ids))

        delivered.connect(hear)
        try:
            with commit():
                take_in(ann)
        finally:
            delivered.disconnect(hear)

        assert heard == [(event, [ann.pk], [Notification.objects.get().pk])]


class TestCost:
    def test_the_number_of_statements_depends_on_neither_people_nor_broadcasts(
        self, users, broadcast, django_assert_max_num_queries
    ):
        people = users(41)
        for person in people:
            subscribe(person, "news")
        broadcast("First")
        with django_assert_max_num_queries(30) as one:
            take_in(people[0])
        for number in range(50):
            broadcast(f"Number {number}")

        with django_assert_max_num_queries(30) as fifty:
            take_in(people[1])
        with django_assert_max_num_queries(30) as many:
            take_in(*people[2:])

        assert len(one) == len(fifty) == len(many)
        assert Notification.objects.count() == 1 + 40 * 51

    def test_a_long_absence_is_taken_in_by_portions(self, ann, broadcast, monkeypatch):
        monkeypatch.setattr(broadcasts, "MAX_EVENTS", 2)
        for number in range(5):
            broadcast(f"Number {number}")

        take_in(ann)

        assert [row[0] for row in rows(ann)] == [f"Number {number}" for number in range(5)]
        assert numbers(ann) == (5, 5, 5, 5)


class TestExpiry:
    def test_what_expires_after_it_was_taken_in_is_removed(self, ann, broadcast):
        broadcast("Today only", expires_at=timezone.now() + timedelta(hours=1))
        take_in(ann)
        past = timezone.now() - timedelta(seconds=1)
        Event.objects.update(expires_at=past, removal_due_at=past)

        remove()

        assert numbers(ann)[1] == 0

    def test_what_another_process_holds_to_be_expired_is_not_written(self, ann, broadcast):
        broadcast("Today only", expires_at=timezone.now() + timedelta(hours=1))
        Event.objects.update(removal_due_at=None)

        take_in(ann)

        assert rows(ann) == []


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_restored_meanwhile_leaves_no_inbox_ahead_of_it(ann, broadcast):
    broadcast("One")
    take_in(ann)
    broadcast("Two")

    def restore(execute, sql, *arguments):
        """Go back to the first broadcast once it was asked who lacks one."""
        result = execute(sql, *arguments)
        asked.append(sql)
        if len(asked) == 1:
            Event.objects.filter(number=2).delete()
            BroadcastCounter.objects.update(number=1)
        return result

    asked: list[str] = []
    with connection.execute_wrapper(restore):
        take_in(ann)
    assert numbers(ann)[-1] == 1

    broadcast("Another second")
    take_in(ann)

    assert [row[0] for row in rows(ann)] == ["One", "Another second"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")
def test_a_busy_inbox_is_passed_over_and_stays_behind(ann, users, broadcast):
    (ben,) = users("ben")
    subscribe(ben, "news")
    take_in(ann, ben)
    broadcast("One")
    take_in(ann, ben)
    broadcast("Two")

    with held(Inbox.objects.filter(pk=ben.pk)):
        take_in(ann, ben, wait=False)
        assert [numbers(person) for person in (ann, ben)] == [(2, 2, 2, 2), (1, 1, 1, 1)]

    take_in(ann, ben, wait=False)
    assert rows(ben) == rows(ann)
