"""Thousands of values in one statement."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from realtime_notify.models import Event, Inbox, NotificationType
from realtime_notify.models.arrays import among, insert_rows, update_rows

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def make_inboxes(people):
    return insert_rows(
        Inbox,
        {
            "user": [user.pk for user in people],
            "rev": range(len(people)),
            **{name: [0] * len(people) for name in ("unread", "unseen", "seen", "floor")},
            "caught_up": [0] * len(people),
        },
        returning=("user",),
    )


def test_rows_are_found_among_many_values(users):
    people = users(5)
    model = type(people[0])

    found = model.objects.filter(among("pk", [people[1].pk, people[3].pk])).order_by("username")

    assert list(found) == [people[1], people[3]]
    assert not model.objects.filter(among("pk", [])).exists()


def test_text_keys_are_found_as_they_are_written(django_assert_num_queries):
    keys = ["a/b", "it's", "x,y", '"quoted"', "{braces}", "back\\slash"]
    NotificationType.objects.bulk_create(NotificationType(key=key) for key in keys)

    found = NotificationType.objects.filter(among("key", [*keys[1:], "none"]))

    assert {row.key for row in found} == set(keys[1:])


def test_a_foreign_key_is_compared_by_what_it_refers_to(users):
    people = users(4)
    make_inboxes(people)

    assert Inbox.objects.filter(among("user", [people[2].pk])).get().rev == 2


def test_many_rows_are_inserted_by_one_statement(users):
    people = users(2500)
    with CaptureQueriesContext(connection) as queries:
        returned = make_inboxes(people)

    assert len(queries) == 1
    to_python = type(people[0])._meta.pk.to_python
    assert {to_python(user) for (user,) in returned} == {user.pk for user in people}
    assert Inbox.objects.get(pk=people[2499].pk).rev == 2499


def test_each_row_gets_values_of_its_own(users):
    people = users(3)
    make_inboxes(people)

    update_rows(
        Inbox,
        {"user": [people[0].pk, people[2].pk], "rev": [7, 9], "unread": [1, 2]},
    )

    rows = Inbox.objects.order_by("user__username").values_list("rev", "unread")
    assert list(rows) == [(7, 1), (1, 0), (9, 2)]


def test_moments_and_empty_values_are_stored(send):
    events = [send(name, "a", recipients=[]) for name in ("One", "Two")]
    moment = timezone.now().replace(microsecond=123000)

    update_rows(
        Event,
        {"id": [event.pk for event in events], "deliver_at": [moment, None], "url": ["/a", ""]},
    )

    rows = Event.objects.order_by("pk").values_list("deliver_at", "url")
    assert list(rows) == [(moment, "/a"), (None, "")]
