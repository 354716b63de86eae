"""Numbers of inboxes that something else than this package has made wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from realtime_notify.inbox import archive, counts, mark_read, mark_seen, page, snooze, sync
from realtime_notify.inbox.recounting import recount, suspects, without_inbox
from realtime_notify.models import Inbox, Notification
from realtime_notify.testing.session import Session
from tests.delivery.conftest import held
from tests.inbox.conftest import ids, numbers
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def all_suspects() -> list[Any]:
    pks = list(Inbox.objects.order_by("pk").values_list("pk", flat=True))
    found: list[Any] = suspects(pks[0], pks[-1])
    return found


@pytest.fixture
def varied(alice: Any, fill_ids: Any) -> list[int]:
    """Alice's six notifications: in every state, and the seen mark in their middle."""
    pks: list[int] = fill_ids(alice, 6)
    mark_seen(alice, upto=3)
    mark_read(alice, ids=pks[:1])
    archive(alice, ids=pks[1:2])
    snooze(alice, ids=pks[4:5], until="2100-01-01T00:00:00Z")
    return pks


def test_inboxes_in_every_state_are_right(alice, bob, carol, varied, fill):
    fill(bob)
    mark_seen(carol, upto=0)  # nothing has ever arrived

    assert all_suspects() == []
    assert recount([alice.pk, bob.pk, carol.pk], mend=False).drifts == []
    assert without_inbox(10) == []


@pytest.mark.parametrize("wrong", [{"unread": 7}, {"unseen": 0}, {"unread": 0, "unseen": 0}])
def test_a_counter_that_is_not_that_of_its_rows_is_found(alice, bob, varied, fill, wrong):
    fill(bob)
    Inbox.objects.filter(pk=alice.pk).update(**wrong)

    assert all_suspects() == [alice.pk]
    (drift,) = recount([alice.pk, bob.pk], mend=False).drifts

    assert drift.user == alice.pk
    assert (drift.rows_unread, drift.rows_unseen) == (3, 2)
    assert {"unread": drift.unread, "unseen": drift.unseen}.items() >= wrong.items()


@pytest.mark.parametrize("mark", ["seen", "floor", "caught_up"])
def test_a_mark_beyond_what_there_is_is_found_and_mended(alice, bob, varied, fill, mark):
    """What arrived up to `seen` would be seen, and what was broadcast up to `caught_up` missed."""
    fill(bob)
    Inbox.objects.filter(pk=alice.pk).update(**{mark: 1000})

    assert all_suspects() == [alice.pk]
    (drift,) = recount([alice.pk, bob.pk], mend=True).drifts
    fill(alice)

    assert drift.ahead == (mark,)
    assert all_suspects() == []
    assert counts(alice)["unseen"] == (1 if mark == "seen" else 3)


def test_rows_that_share_a_sequence_number_are_found_and_each_gets_its_own(alice, bob, fill):
    """A page that ends between the two would leave the second one out."""
    rows = fill(alice, count=3)
    fill(bob)
    Notification.objects.filter(user=alice).update(seq=1)

    assert all_suspects() == [alice.pk]
    (drift,) = recount([alice.pk, bob.pk], mend=True).drifts

    assert drift.doubled == 2
    assert all_suspects() == []
    shown = [item["id"] for item in page(alice, limit=2)["put"]]
    rest = page(alice, limit=2, before=page(alice, limit=2)["next"])["put"]
    assert {*shown, *(item["id"] for item in rest)} == {row.pk for row in rows}


def test_looking_changes_nothing(alice, varied):
    Inbox.objects.filter(pk=alice.pk).update(unread=7)
    before = Inbox.objects.filter(pk=alice.pk).values().get()

    all_suspects()
    recount([alice.pk], mend=False)

    assert Inbox.objects.filter(pk=alice.pk).values().get() == before


def test_mending_is_the_next_revision_with_the_numbers_of_the_rows(alice, varied):
    Inbox.objects.filter(pk=alice.pk).update(unread=7, unseen=5)
    before = counts(alice)["rev"]

    recount([alice.pk], mend=True)

    assert numbers(counts(alice)) == (before + 1, 3, 2)
    assert all_suspects() == []


def test_nothing_is_written_to_an_inbox_that_is_right(alice, bob, varied, fill, commit, pushed):
    fill(bob)
    Inbox.objects.filter(pk=alice.pk).update(unread=7)
    before = Inbox.objects.filter(pk=bob.pk).values().get()
    pushed.clear()

    with commit():
        recount([alice.pk, bob.pk], mend=True)

    assert Inbox.objects.filter(pk=bob.pk).values().get() == before
    assert [message["user"] for message in pushed] == [str(alice.pk)]


def test_an_open_browser_follows_the_rows_that_changed_behind_its_back(
    alice, varied, commit, pushed
):
    browser = Session()
    browser.hello()
    browser.receive({"id": 1, **sync(alice, None)})
    Notification.objects.filter(user=alice).update(read_at=timezone.now())
    pushed.clear()

    with commit():
        recount([alice.pk], mend=True)
    reaction = browser.receive(pushed[-1]["frame"])
    (asked,) = reaction.replies
    browser.receive({"id": asked["id"], **sync(alice, asked["sync"]["since"])})

    assert (browser.store.unread, browser.store.unseen) == (0, 0)
    assert sorted(browser.store.items) == sorted(ids(page(alice)))
    assert all(item["read"] for item in browser.store.items.values())


def test_an_inbox_behind_its_rows_is_moved_past_them(alice, varied):
    newest = counts(alice)["rev"]
    Inbox.objects.filter(pk=alice.pk).update(rev=2)

    assert all_suspects() == [alice.pk]
    recount([alice.pk], mend=True)

    assert counts(alice)["rev"] == newest + 1


def test_people_who_lost_their_inbox_get_one_that_is_right(alice, bob, varied, fill):
    fill(bob)
    newest = counts(alice)["rev"]
    Inbox.objects.filter(pk=alice.pk).delete()

    assert without_inbox(10) == [alice.pk]
    recount([alice.pk], mend=True)

    assert without_inbox(10) == []
    assert numbers(counts(alice))[0] == newest + 1
    assert counts(alice)["unread"] == 3


def test_the_number_of_statements_does_not_depend_on_how_many_inboxes_there_are(
    users, fill, django_assert_max_num_queries
):
    people = users(50)
    fill(*people)
    Inbox.objects.update(unread=9)

    with django_assert_max_num_queries(15):
        found = all_suspects()
        assert len(recount(found, mend=True).drifts) == 50


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")
@pytest.mark.django_db(transaction=True)
def test_an_inbox_that_somebody_is_changing_is_passed_over(alice, bob, fill):
    fill(alice, bob)
    Inbox.objects.update(unread=7)

    with held(Inbox.objects.filter(pk=alice.pk)):
        found = recount([alice.pk, bob.pk], mend=True)

    assert [drift.user for drift in found.drifts] == [bob.pk]
    assert found.busy == {alice.pk}


@pytest.mark.django_db(transaction=True)
def test_traffic_meanwhile_gives_no_false_alarm(alice, fill):
    pks = [row.pk for row in fill(alice, count=40)]

    def work(number: int) -> list[Any]:
        if number == 0:
            return [[*all_suspects(), *recount([alice.pk], mend=False).drifts] for _ in range(15)]
        for pk in pks[number::3]:
            mark_read(alice, ids=[pk])
        return []

    assert at_once(work)[0] == [[]] * 15
