"""The walk that removes what a policy gives up, beside traffic and in several goes."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from realtime_notify import notify
from realtime_notify.inbox import archive, counts, delete, mark_read, mark_unread, page
from realtime_notify.models import Inbox, Notification
from realtime_notify.retention import Policy, Progress, prune, pruning
from tests.inbox.conftest import ids
from tests.retention.conftest import DAYS, assert_exact

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

READ = Policy(read=DAYS)


def walk(policy, **options):
    """Walk to the end and return the progress."""
    return [Progress(), *prune(policy, **options)][-1]


@pytest.fixture
def read_long_ago(users, fill, aged):
    """Ten people with three notifications each, of which they read two 100 days ago."""
    people = users(10)
    rows = fill(*people, count=3)
    gone = [row for row in rows if row.event_id != rows[-1].event_id]
    for person in people:
        mark_read(person, ids=[row.pk for row in gone if row.user_id == person.pk])
    aged(gone, days=100)
    return people


def test_what_is_given_up_goes_and_the_rest_stays(read_long_ago):
    progress = walk(READ)

    assert progress.notifications == 20
    assert progress.inboxes == 10
    assert Notification.objects.count() == 10
    assert [counts(person)["unread"] for person in read_long_ago] == [1] * 10
    assert_exact()


def test_a_step_removes_no_more_than_a_batch(read_long_ago):
    removed = [progress.notifications for progress in prune(READ, batch=7)]

    assert removed == [7, 14, 20]
    assert_exact()


def test_a_walk_that_is_broken_off_is_finished_by_the_next(read_long_ago):
    next(prune(READ, batch=7))
    assert Notification.objects.count() == 23

    assert walk(READ, batch=7).notifications == 13
    assert walk(READ, batch=7).notifications == 0


def test_a_dry_run_counts_and_removes_nothing(read_long_ago):
    assert walk(READ, dry_run=True).notifications == 20
    assert Notification.objects.count() == 30
    assert {counts(person)["rev"] for person in read_long_ago} == {4}


def test_inboxes_are_looked_at_in_small_portions(read_long_ago, monkeypatch):
    monkeypatch.setattr(pruning, "WINDOW", 4)

    seen = [progress.inboxes for progress in prune(READ)]

    assert seen == [4, 8, 10]


def test_each_inbox_keeps_its_newest(alice, bob, fill):
    many = [row.pk for row in fill(alice, count=6)]
    few = [row.pk for row in fill(bob, count=2)]
    mark_read(alice, ids=many)
    mark_read(bob, ids=few)

    walk(Policy(keep=2))

    assert ids(page(alice)) == [many[5], many[4]]
    assert ids(page(bob)) == [few[1], few[0]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")
def test_pruning_beside_traffic_keeps_every_number_exact(users):
    people = users(6)
    over = threading.Event()
    failures = []

    def live(number):
        try:
            verbs = (mark_read, mark_unread, archive, delete)
            for turn in range(30):
                notify(f"{number} {turn}", "a", recipients=people)
                person = people[(turn + number) % len(people)]
                verbs[turn % 4](person, ids=ids(page(person, limit=5)))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    def clean():
        policy = Policy(read=0 * DAYS, archived=0 * DAYS, deleted=0 * DAYS, events=0 * DAYS)
        try:
            while not over.is_set():
                walk(policy, batch=10)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    living = [threading.Thread(target=live, args=(number,)) for number in range(2)]
    cleaning = [threading.Thread(target=clean) for _ in range(2)]
    for thread in [*living, *cleaning]:
        thread.start()
    for thread in living:
        thread.join()
    over.set()
    for thread in cleaning:
        thread.join()

    assert failures == []
    assert_exact()
    assert Inbox.objects.filter(floor__gt=0).exists(), "nothing was removed"
