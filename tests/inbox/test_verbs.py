"""Marking, archiving, deleting: what changes, and what browsers get."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

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
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.inbox import counts, delete, page, snooze, sync, unarchive
from realtime_notify.models import Inbox, Notification
from tests.inbox.conftest import ids, numbers

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


# Marks


def test_marking_by_ids_returns_what_changed_and_the_new_counters(alice, fill_ids):
    first, second = fill_ids(alice, 2)

    assert mark_read(alice, ids=[first]) == {
        "rev": 3,
        "unread": 1,
        "unseen": 1,
        "read": {"ids": [first]},
    }
    assert Notification.objects.get(pk=first).read_at is not None
    assert Notification.objects.get(pk=first).rev == 3
    assert Notification.objects.get(pk=second).read_at is None


def test_marking_everything_stops_at_the_rev_of_the_click(alice, fill_ids):
    fill_ids(alice, 2)
    fill_ids(alice, 1, level="error")  # arrives after the click

    assert mark_read(alice, upto=2) == {
        "rev": 4,
        "unread": 1,
        "unseen": 1,
        "read": {"upto": 2},
    }


def test_a_repeat_after_the_click_stays_unread(alice, fill_ids):
    fill_ids(alice, 1)
    fill_ids(alice, 1)

    mark_read(alice, upto=1)

    assert unread_count(alice) == 1


def test_a_command_that_changes_nothing_keeps_the_revision(alice, fill_ids):
    (pk,) = fill_ids(alice)
    mark_read(alice, ids=[pk])

    for verb in (mark_read, unarchive):
        assert verb(alice, ids=[pk]) == {"rev": 2, "unread": 0, "unseen": 0, "from": 2}
    assert counts(alice)["rev"] == 2


def test_marking_as_unread_returns_the_whole_item(alice, fill_ids):
    (pk,) = fill_ids(alice)
    mark_read(alice, ids=[pk])

    frame = mark_unread(alice, ids=[pk])

    assert numbers(frame) == (3, 1, 1)
    (item,) = frame["put"]
    assert (item["id"], item["rev"], item["seq"], item["read"]) == (pk, 3, 1, False)


def test_unarchiving_many_makes_browsers_sync(alice, fill_ids):
    fill_ids(alice, 21)
    mark_read(alice, upto=21)

    assert mark_unread(alice, upto=21) == {"rev": 23, "unread": 21, "unseen": 21, "from": 23}


def test_the_seen_mark_only_moves_up_and_leaves_things_unread(alice, fill_ids):
    fill_ids(alice, 3)

    assert mark_seen(alice, upto=2) == {"rev": 4, "unread": 3, "unseen": 1, "seen": {"upto": 2}}
    assert mark_seen(alice, upto=1) == {"rev": 4, "unread": 3, "unseen": 1, "from": 4}
    assert numbers(mark_seen(alice, upto=99)) == (5, 3, 0)
    assert Inbox.objects.get(user=alice).seen == 4


def test_archiving_leaves_the_list_and_the_counters_and_comes_back(alice, fill_ids):
    first, second = fill_ids(alice, 2)
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


def test_deleting_takes_archived_ones_too_and_leaves_a_mark(alice, fill_ids):
    first, second = fill_ids(alice, 2)
    archive(alice, ids=[first])

    assert numbers(delete(alice, upto=3)) == (4, 0, 0)

    assert ids(page(alice)) == ids(page(alice, archived=True)) == []
    assert Notification.objects.filter(deleted_at__isnull=False).count() == 2
    assert mark_unread(alice, ids=[first, second])["from"] == 4


def test_foreign_and_unknown_ids_are_ignored_without_an_error(alice, bob, fill_ids):
    (hers,) = fill_ids(alice)
    (his,) = fill_ids(bob)

    assert mark_read(alice, ids=[his, 10**6]) == {"rev": 1, "unread": 1, "unseen": 1, "from": 1}
    assert mark_read(alice, ids=[his, hers])["read"] == {"ids": [hers]}
    assert numbers(counts(bob)) == (1, 1, 1)


def test_a_user_without_a_row_has_an_empty_inbox(alice):
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
def test_malformed_arguments_are_refused(alice, verb, wrong):
    with pytest.raises(InvalidRequest):
        verb(alice, **wrong)


def test_more_ids_than_the_limit_are_refused(alice):
    with pytest.raises(InvalidRequest, match="ids has 1001 numbers; the most is 1000"):
        mark_read(alice, ids=range(1001))


def test_numbers_larger_than_a_database_holds_are_harmless(alice, fill_ids):
    fill_ids(alice)

    assert mark_read(alice, ids=[2**80])["from"] == 1
    assert mark_read(alice, upto=2**80)["read"] == {"upto": 1}
    assert sync(alice, 2**80)["reset"] is True
    assert ids(page(alice, before="9" * 100)) != []


@pytest.mark.django_db(transaction=True)
async def test_the_commands_have_async_twins(users):
    from asgiref.sync import sync_to_async

    (alice,) = await sync_to_async(users)("alice")
    await sync_to_async(notify)("Hello", "a", recipients=[alice])

    assert await aunread_count(alice) == 1
    assert (await amark_read(alice, upto=1))["unread"] == 0


# Mistakes


@pytest.mark.parametrize("ids", [1, "12", {"a": 1}, True, object()])
def test_ids_that_are_no_list_of_numbers_are_refused(alice, ids):
    with pytest.raises(InvalidRequest, match="ids must be"):
        mark_read(alice, ids=ids)


@pytest.mark.parametrize("nobody", ["alice", None, AnonymousUser(), object(), True])
def test_whoever_is_no_user_is_named(nobody):
    for ask in (mark_read, mark_unread, archive, unarchive, delete):
        with pytest.raises(InvalidRequest, match=r"not a saved user|AnonymousUser"):
            ask(nobody, upto=1)
    for ask in (counts, page, sync, unread_count):
        with pytest.raises(InvalidRequest, match=r"not a saved user|AnonymousUser"):
            ask(nobody)


@pytest.mark.parametrize("limit", ["5", 5.0, True, 0, [5]])
def test_a_limit_that_is_no_number_in_range_is_refused(alice, limit):
    with pytest.raises(InvalidRequest, match="limit must be"):
        page(alice, limit=limit)


@pytest.mark.parametrize("use_tz", [True, False])
@pytest.mark.parametrize("until", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_beyond_the_calendar_is_refused(alice, settings, use_tz, until):
    settings.USE_TZ = use_tz

    with pytest.raises(InvalidRequest, match="until must be a moment"):
        snooze(alice, ids=[1], until=until)
