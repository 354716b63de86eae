"""The numbers of many inboxes at once."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from realtime_notify.inbox import counts, numbers

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_inboxes_are_made_for_those_who_have_none(alice, bob):
    numbers.ensure_inboxes([alice.pk])
    numbers.ensure_inboxes([alice.pk, bob.pk])  # those that are there stay as they are

    assert [counts(user)["rev"] for user in (alice, bob)] == [0, 0]


def test_numbers_change_in_memory_and_are_saved_by_one_statement(users):
    people = [user.pk for user in users(300)]
    numbers.ensure_inboxes(people)

    with transaction.atomic():
        inboxes = numbers.lock(people, wait=True)
        for rev, inbox in enumerate(inboxes.values()):
            inbox.rev = rev
            inbox.unread = 7
        with CaptureQueriesContext(connection) as queries:
            numbers.save(inboxes, "rev")

    assert len(queries) == 1
    with transaction.atomic():
        saved = numbers.lock(people, wait=True)
    assert [saved[user].rev for user in inboxes] == list(range(300))
    assert {inbox.unread for inbox in saved.values()} == {0}


def test_people_without_an_inbox_are_not_locked(alice, bob):
    numbers.ensure_inboxes([alice.pk])

    with transaction.atomic():
        assert list(numbers.lock([alice.pk, bob.pk], wait=False)) == [alice.pk]


def test_saving_nothing_is_no_statement(alice, django_assert_num_queries):
    with django_assert_num_queries(0):
        numbers.save({}, "rev")
