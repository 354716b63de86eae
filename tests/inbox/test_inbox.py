from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from realtime_notify import (
    amark_read,
    archive,
    aunread_count,
    mark_read,
    mark_seen,
    mark_unread,
    notify,
    unread_count,
)
from realtime_notify.dispatch import perform
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.inbox import counts, delete, page, sync, unarchive
from realtime_notify.models import Inbox, Notification
from tests.blog.models import Document, Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def fill(django_capture_on_commit_callbacks):
    """Put notifications into an inbox and return their ids, oldest first."""

    def fill(user, count=1, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            for number in range(count):
                notify(f"Number {number}", "a", recipients=[user], collapse_key=None, **kwargs)
        rows = Notification.objects.filter(user=user).order_by("-seq")[:count]
        return [row.pk for row in reversed(rows)]

    return fill


def numbers(frame):
    return frame["rev"], frame["unread"], frame["unseen"]


def ids(frame):
    return [item["id"] for item in frame["put"]]


# Marks


def test_marking_by_ids_tells_what_changed_and_the_new_numbers(alice, fill):
    first, second = fill(alice, 2)

    assert mark_read(alice, ids=[first]) == {
        "rev": 3,
        "unread": 1,
        "unseen": 1,
        "read": {"ids": [first]},
    }
    assert Notification.objects.get(pk=first).read_at is not None
    assert Notification.objects.get(pk=first).rev == 3
    assert Notification.objects.get(pk=second).read_at is None


def test_marking_everything_carries_the_rev_it_was_clicked_at(alice, fill):
    fill(alice, 2)
    fill(alice, 1, level="error")  # arrives after the click

    assert mark_read(alice, upto=2) == {
        "rev": 4,
        "unread": 1,
        "unseen": 1,
        "read": {"upto": 2},
    }


def test_a_repeat_after_the_click_stays_unread(alice, fill):
    fill(alice, 1)
    fill(alice, 1)

    mark_read(alice, upto=1)

    assert unread_count(alice) == 1


def test_a_verb_that_changes_nothing_keeps_the_revision(alice, fill):
    (pk,) = fill(alice)
    mark_read(alice, ids=[pk])

    for verb in (mark_read, unarchive):
        assert verb(alice, ids=[pk]) == {"rev": 2, "unread": 0, "unseen": 0, "from": 2}
    assert counts(alice)["rev"] == 2


def test_unread_is_told_as_the_whole_item(alice, fill):
    (pk,) = fill(alice)
    mark_read(alice, ids=[pk])

    frame = mark_unread(alice, ids=[pk])

    assert numbers(frame) == (3, 1, 1)
    (item,) = frame["put"]
    assert (item["id"], item["rev"], item["seq"], item["read"]) == (pk, 3, 1, False)


def test_putting_back_many_makes_browsers_ask(alice, fill):
    fill(alice, 21)
    mark_read(alice, upto=21)

    assert mark_unread(alice, upto=21) == {"rev": 23, "unread": 21, "unseen": 21, "from": 23}


def test_the_seen_mark_only_moves_up_and_leaves_things_unread(alice, fill):
    fill(alice, 3)

    assert mark_seen(alice, upto=2) == {"rev": 4, "unread": 3, "unseen": 1, "seen": {"upto": 2}}
    assert mark_seen(alice, upto=1) == {"rev": 4, "unread": 3, "unseen": 1, "from": 4}
    assert numbers(mark_seen(alice, upto=99)) == (5, 3, 0)
    assert Inbox.objects.get(user=alice).seen == 4


def test_archiving_leaves_the_list_and_the_counters_and_comes_back(alice, fill):
    first, second = fill(alice, 2)
    mark_read(alice, ids=[second])

    assert archive(alice, ids=[first, second]) == {
        "rev": 4,
        "unread": 0,
        "unseen": 0,
        "archive": {"ids": [first, second]},
    }
    assert ids(page(alice)) == []
    assert ids(page(alice, archived=True)) == [second, first]

    frame = unarchive(alice, upto=4)

    assert numbers(frame) == (5, 1, 1)
    assert ids(frame) == [first, second]
    assert ids(page(alice)) == [second, first]


def test_deleting_takes_archived_ones_too_and_leaves_a_mark(alice, fill):
    first, second = fill(alice, 2)
    archive(alice, ids=[first])

    assert numbers(delete(alice, upto=3)) == (4, 0, 0)

    assert ids(page(alice)) == ids(page(alice, archived=True)) == []
    assert Notification.objects.filter(deleted_at__isnull=False).count() == 2
    assert mark_unread(alice, ids=[first, second])["from"] == 4


def test_foreign_and_unknown_ids_change_nothing_and_tell_nothing(alice, bob, fill):
    (hers,) = fill(alice)
    (his,) = fill(bob)

    assert mark_read(alice, ids=[his, 10**6]) == {"rev": 1, "unread": 1, "unseen": 1, "from": 1}
    assert mark_read(alice, ids=[his, hers])["read"] == {"ids": [hers]}
    assert numbers(counts(bob)) == (1, 1, 1)


def test_somebody_without_an_inbox_has_an_empty_one(alice):
    assert counts(alice) == {"rev": 0, "unread": 0, "unseen": 0}
    assert mark_read(alice, ids=[1]) == {"rev": 0, "unread": 0, "unseen": 0, "from": 0}
    assert mark_seen(alice, upto=5)["rev"] == 0
    assert page(alice) == {"rev": 0, "put": [], "next": None}
    assert sync(alice)["put"] == []
    assert not Inbox.objects.exists()


@pytest.mark.parametrize("verb", [mark_read, mark_unread, archive, unarchive, delete])
@pytest.mark.parametrize(
    "wrong",
    [{}, {"ids": [1], "upto": 1}, {"ids": ["1"]}, {"ids": [True]}, {"upto": -1}, {"upto": "1"}],
)
def test_senseless_arguments_are_refused(alice, verb, wrong):
    with pytest.raises(InvalidRequest):
        verb(alice, **wrong)


def test_more_ids_than_a_frame_should_tell_are_refused(alice):
    with pytest.raises(InvalidRequest, match="ids has 1001 numbers; the most is 1000"):
        mark_read(alice, ids=range(1001))


def test_numbers_larger_than_a_database_holds_are_harmless(alice, fill):
    fill(alice)

    assert mark_read(alice, ids=[2**80])["from"] == 1
    assert mark_read(alice, upto=2**80)["read"] == {"upto": 1}
    assert sync(alice, 2**80)["reset"] is True
    assert ids(page(alice, before="9" * 100)) != []


@pytest.mark.django_db(transaction=True)
async def test_the_verbs_have_async_twins(users):
    from asgiref.sync import sync_to_async

    (alice,) = await sync_to_async(users)("alice")
    await sync_to_async(notify)("Hello", "a", recipients=[alice])

    assert await aunread_count(alice) == 1
    assert (await amark_read(alice, upto=1))["unread"] == 0


# Pages


def test_pages_walk_the_inbox_newest_first(alice, fill):
    made = fill(alice, 5)

    first = page(alice, limit=2)
    second = page(alice, limit=2, before=first["next"])
    last = page(alice, limit=2, before=second["next"])

    assert ids(first) + ids(second) + ids(last) == made[::-1]
    assert last["next"] is None
    assert first["rev"] == 5


def test_a_page_may_hold_the_unread_ones_only(alice, fill):
    made = fill(alice, 3)
    mark_read(alice, ids=[made[1]])

    assert ids(page(alice, unread=True)) == [made[2], made[0]]


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 101}, {"before": "x"}, {"before": ""}])
def test_a_page_that_cannot_be_is_refused(alice, wrong):
    with pytest.raises(InvalidRequest):
        page(alice, **wrong)


def test_a_page_of_twenty_with_three_generic_objects_each_takes_few_queries(alice, bob, fill):
    for number in range(20):
        fill(
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


def test_the_numbers_cost_one_query_whatever_the_inbox_holds(alice, fill):
    fill(alice, 30)

    with CaptureQueriesContext(connection) as queries:
        assert counts(alice)["unread"] == 30

    assert len(queries) == 1


# Synchronising


def test_sync_returns_the_rows_that_changed_as_they_are_now(alice, fill):
    first, second, third = fill(alice, 3)
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


def test_fifty_edits_while_away_cost_one_row(alice, fill):
    (pk,) = fill(alice)
    for _ in range(25):
        mark_read(alice, ids=[pk])
        mark_unread(alice, ids=[pk])

    assert ids(sync(alice, since=1)) == [pk]


def test_who_is_up_to_date_gets_nothing(alice, fill):
    fill(alice)

    assert sync(alice, since=1)["put"] == []


@pytest.mark.parametrize("since", [None, 99])
def test_the_first_visit_and_a_rev_from_the_future_start_afresh(alice, fill, since):
    made = fill(alice, 25)

    frame = sync(alice, since)

    assert frame["reset"] is True
    assert ids(frame) == made[:4:-1]
    assert frame["next"] is not None


def test_who_missed_too_much_starts_afresh(alice, fill, settings):
    settings.REALTIME_NOTIFY = {"SYNC_LIMIT": 3}
    fill(alice, 4)

    assert "reset" in sync(alice, since=0)
    assert "reset" not in sync(alice, since=1)


def test_below_the_floor_everybody_starts_afresh(alice, fill):
    fill(alice, 4)
    Inbox.objects.update(floor=2)

    assert "reset" in sync(alice, since=1)
    assert "reset" not in sync(alice, since=2)


@pytest.mark.parametrize("since", [-1, "1", 1.5, True])
def test_a_rev_that_is_no_whole_number_is_refused(alice, since):
    with pytest.raises(InvalidRequest, match="since must be"):
        sync(alice, since)


# The dispatcher


def test_perform_is_every_verb_by_its_name(alice, fill):
    (pk,) = fill(alice)

    assert perform(alice.pk, "read", {"ids": [pk]})["read"] == {"ids": [pk]}
    assert perform(alice.pk, "unread", {"upto": 1})["unread"] == 1
    assert perform(alice.pk, "seen", {"upto": 1})["seen"] == {"upto": 1}
    assert perform(alice.pk, "archive", {"ids": [pk]})["unread"] == 0
    assert perform(alice.pk, "unarchive", {"ids": [pk]})["unread"] == 1
    assert perform(alice.pk, "delete", {"ids": [pk]})["delete"] == {"ids": [pk]}
    assert perform(alice.pk, "sync", {"since": 0})["rev"] == 7
    assert perform(alice.pk, "page", {"limit": 1})["put"] == []


def test_an_unknown_command_is_refused_by_name(alice):
    with pytest.raises(InvalidRequest, match="no command 'explode'; there are: read, unread"):
        perform(alice, "explode", {})
