"""Reading an inbox: pages, counters, and what changed since."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from realtime_notify import (
    archive,
    mark_read,
    mark_seen,
    mark_unread,
)
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.inbox import counts, page, sync
from realtime_notify.models import Inbox
from tests.blog.models import Document, Post
from tests.inbox.conftest import ids, numbers

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


# Pages


def test_pages_walk_the_inbox_newest_first(alice, fill_ids):
    made = fill_ids(alice, 5)

    first = page(alice, limit=2)
    second = page(alice, limit=2, before=first["next"])
    last = page(alice, limit=2, before=second["next"])

    assert ids(first) + ids(second) + ids(last) == made[::-1]
    assert last["next"] is None
    assert first["rev"] == 5


def test_a_page_may_hold_the_unread_ones_only(alice, fill_ids):
    made = fill_ids(alice, 3)
    mark_read(alice, ids=[made[1]])

    assert ids(page(alice, unread=True)) == [made[2], made[0]]


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 101}, {"before": "x"}, {"before": ""}])
def test_a_malformed_page_request_is_refused(alice, wrong):
    with pytest.raises(InvalidRequest):
        page(alice, **wrong)


def test_a_page_of_twenty_with_three_generic_objects_each_takes_few_queries(alice, bob, fill_ids):
    for number in range(20):
        fill_ids(
            alice,
            target_object=Post.objects.create(title=f"{number}"),
            action_object=Document.objects.create(title=f"{number}"),
            actor=bob,
        )

    with CaptureQueriesContext(connection) as queries:
        shown = page(alice, limit=20)["put"]

    assert len(queries) <= 6
    assert len(shown) == 20
    assert shown[0]["target"]["type"] == "blog.post"
    assert shown[0]["action_object"]["text"] == "19"
    assert shown[0]["actor"]["id"] == str(bob.pk)


def test_the_counters_cost_one_query_whatever_the_inbox_holds(alice, fill_ids):
    fill_ids(alice, 30)

    with CaptureQueriesContext(connection) as queries:
        assert counts(alice)["unread"] == 30

    assert len(queries) == 1


# Synchronising


def test_sync_returns_the_rows_that_changed_as_they_are_now(alice, fill_ids):
    first, second, third = fill_ids(alice, 3)
    mark_read(alice, ids=[first])
    archive(alice, ids=[second])
    mark_seen(alice, upto=3)

    frame = sync(alice, since=2)

    assert numbers(frame) == (6, 1, 0)
    assert frame["from"] == 2
    assert frame["seen"] == {"upto": 3}
    assert ids(frame) == [third, first, second]
    assert [item["archived"] for item in frame["put"]] == [False, False, True]
    assert [item["seen"] for item in frame["put"]] == [True, True, True]


def test_fifty_edits_while_away_cost_one_row(alice, fill_ids):
    (pk,) = fill_ids(alice)
    for _ in range(25):
        mark_read(alice, ids=[pk])
        mark_unread(alice, ids=[pk])

    assert ids(sync(alice, since=1)) == [pk]


def test_a_sync_at_the_current_rev_returns_nothing(alice, fill_ids):
    fill_ids(alice)

    assert sync(alice, since=1)["put"] == []


@pytest.mark.parametrize("since", [None, 99])
def test_a_first_visit_and_a_rev_from_the_future_get_a_reset(alice, fill_ids, since):
    made = fill_ids(alice, 25)

    frame = sync(alice, since)

    assert frame["reset"] is True
    assert ids(frame) == made[:4:-1]
    assert frame["next"] is not None


def test_a_sync_over_more_than_the_limit_gets_a_reset(alice, fill_ids, settings):
    settings.REALTIME_NOTIFY = {"SYNC_LIMIT": 3}
    fill_ids(alice, 4)

    assert "reset" in sync(alice, since=0)
    assert "reset" not in sync(alice, since=1)


def test_a_sync_from_below_the_floor_gets_a_reset(alice, fill_ids):
    fill_ids(alice, 4)
    Inbox.objects.update(floor=2)

    assert "reset" in sync(alice, since=1)
    assert "reset" not in sync(alice, since=2)


@pytest.mark.parametrize("since", [-1, "1", 1.5, True])
def test_a_rev_that_is_not_a_whole_number_is_refused(alice, since):
    with pytest.raises(InvalidRequest, match="since must be"):
        sync(alice, since)
