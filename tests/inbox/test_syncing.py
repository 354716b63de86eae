"""The state of one inbox and of many: what changed since, or the first page."""

from __future__ import annotations

import json
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from realtime_notify import archive, mark_read, mark_seen, mark_unread, subscribe
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.inbox import Ask, states, sync
from realtime_notify.inbox.portions import Portions
from realtime_notify.models import Event, Inbox, Notification
from realtime_notify.wire import encoding
from realtime_notify.wire.protocol import MAX_ANSWER_BYTES
from tests.delivery.conftest import held
from tests.inbox.conftest import ids, numbers

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def counted():
    """Count the statements of a call, when all that is asked once has been asked."""

    def count(call):
        with CaptureQueriesContext(connection) as queries:
            call()
        return len(queries)

    return count


class TestOne:
    def test_the_rows_that_changed_come_as_they_are_now(self, alice, fill_ids):
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

    def test_fifty_edits_while_away_cost_one_row(self, alice, fill_ids):
        (pk,) = fill_ids(alice)
        for _ in range(25):
            mark_read(alice, ids=[pk])
            mark_unread(alice, ids=[pk])

        assert ids(sync(alice, since=1)) == [pk]

    def test_at_the_current_rev_nothing_comes_and_one_row_is_read(self, alice, fill_ids, counted):
        fill_ids(alice)
        sync(alice)

        assert sync(alice, since=1)["put"] == []
        assert counted(lambda: sync(alice, since=1)) == 1

    @pytest.mark.parametrize("since", [None, 99])
    def test_a_first_visit_and_a_rev_from_the_future_get_a_reset(self, alice, fill_ids, since):
        made = fill_ids(alice, 25)

        frame = sync(alice, since)

        assert frame["reset"] is True
        assert ids(frame) == made[:4:-1]
        assert frame["next"] == str(frame["put"][-1]["seq"])

    def test_the_first_page_of_a_short_list_is_its_last(self, alice, fill_ids):
        made = fill_ids(alice, 20)

        frame = sync(alice)

        assert ids(frame) == made[::-1]
        assert frame["next"] is None

    def test_more_than_the_limit_gets_a_reset(self, alice, fill_ids, settings):
        settings.REALTIME_NOTIFY = {"SYNC_LIMIT": 3}
        fill_ids(alice, 4)

        assert "reset" in sync(alice, since=0)
        assert "reset" not in sync(alice, since=1)

    def test_from_below_the_floor_gets_a_reset(self, alice, fill_ids):
        fill_ids(alice, 4)
        Inbox.objects.update(floor=2)

        assert "reset" in sync(alice, since=1)
        assert "reset" not in sync(alice, since=2)

    @pytest.mark.parametrize("since", [-1, "1", 1.5, True])
    def test_a_rev_that_is_not_a_whole_number_is_refused(self, alice, since):
        with pytest.raises(InvalidRequest, match="since must be"):
            sync(alice, since)

    def test_somebody_without_an_inbox_gets_an_empty_page(self, alice):
        frame = sync(alice)

        assert numbers(frame) == (0, 0, 0)
        assert (frame["put"], frame["next"]) == ([], None)


class TestMany:
    def test_each_gets_the_answer_to_what_it_asked(self, users, fill_ids):
        ann, ben, cem, dan = people = users("ann", "ben", "cem", "dan")
        made = [fill_ids(ann, 3), fill_ids(ben, 2), fill_ids(cem, 1), []]
        asks = [Ask(ann.pk, 1), Ask(ben.pk), Ask(cem.pk, 1), Ask(dan.pk, 0), Ask(ann.pk, 7)]

        frames = states(asks)

        assert [ids(frame) for frame in frames] == [
            *(made[0][1:], made[1][::-1], [], []),
            made[0][::-1],
        ]
        assert ["reset" in frame for frame in frames] == [False, True, False, False, True]
        assert [frame["rev"] for frame in frames] == [3, 2, 1, 0, 3]
        assert frames[:4] == [
            sync(person, ask.since) for person, ask in zip(people, asks[:4], strict=True)
        ]

    def test_nobody_asks(self):
        assert states([]) == []

    def test_people_share_the_events_that_they_hold(self, users, fill, counted):
        people = users(5)
        fill(*people, count=3)

        frames = states([Ask(person.pk) for person in people])

        assert [[item["message"] for item in frame["put"]] for frame in frames] == [
            ["Number 2", "Number 1", "Number 0"]
        ] * 5
        assert len({item["id"] for frame in frames for item in frame["put"]}) == 15

    @pytest.mark.parametrize(
        ("since", "most"), [(4, 1), (1, 3), (None, 3)], ids=["up to date", "behind", "first visit"]
    )
    def test_the_statements_are_the_same_for_one_and_for_256(
        self, users, fill, counted, since, most
    ):
        people = users(256)
        fill(*people, count=4)
        sync(people[0])  # what is asked once in the life of a process

        one = counted(lambda: states([Ask(people[0].pk, since)]))
        all_of_them = counted(lambda: states([Ask(person.pk, since) for person in people]))

        assert one == all_of_them == most

    def test_the_statements_are_the_same_when_broadcasts_are_to_be_taken_in(
        self, users, send, counted
    ):
        people = users(257)
        for person in people:
            subscribe(person, "news")
        send("The first", "news", lazy=True)
        states([Ask(person.pk) for person in people])
        for number in range(3):
            send(f"Number {number}", "news", lazy=True)

        one = counted(lambda: states([Ask(people[0].pk, 1)]))
        all_of_them = counted(lambda: states([Ask(person.pk, 1) for person in people[1:]]))

        assert one == all_of_them
        assert set(Inbox.objects.values_list("rev", flat=True)) == {4}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")
def test_a_busy_inbox_is_told_as_it_is_and_nobody_waits_for_it(users, send):
    ann, ben = people = users("ann", "ben")
    for person in people:
        subscribe(person, "news")
    send("One", "news", lazy=True)
    states([Ask(person.pk) for person in people])
    send("Two", "news", lazy=True)

    with held(Inbox.objects.filter(pk=ben.pk)):
        began = time.monotonic()
        found = states([Ask(ann.pk, 1), Ask(ben.pk, 1)])
        assert time.monotonic() - began < 5

    assert [(frame["rev"], len(frame["put"])) for frame in found] == [(2, 1), (1, 0)]
    assert [sync(person)["rev"] for person in people] == [2, 2]


class TestWhose:
    def test_two_people_have_different_inboxes_and_everybody_has_just_one(self, users, fill):
        people = users(50)
        fill(*people)

        first = [frame["inbox"] for frame in states([Ask(person.pk) for person in people])]
        later = [frame["inbox"] for frame in states([Ask(person.pk, 1) for person in people])]

        assert len(set(first)) == 50
        assert later == first

    def test_the_rev_of_somebody_else_gets_a_reset(self, alice, bob, fill_ids):
        made = fill_ids(alice, 2)
        fill_ids(bob, 2)

        frame = sync(alice, 2, sync(bob)["inbox"])

        assert frame["reset"] is True
        assert ids(frame) == made[::-1]

    def test_ones_own_is_told_what_changed(self, alice, fill_ids):
        made = fill_ids(alice, 2)

        frame = sync(alice, 1, sync(alice)["inbox"])

        assert (frame["from"], ids(frame)) == (1, made[1:])


class TestBudget:
    """No answer is larger than servers send."""

    LARGE = "ü" * 9_000  # characters, of two bytes each
    DATA = ["€" * 10_000]  # three bytes each

    @pytest.fixture
    def fill_large(self, fill_ids):
        return lambda user, count: fill_ids(user, count, description=self.LARGE, data=self.DATA)

    @staticmethod
    def size(frame):
        return len(encoding.encode(frame).encode())

    def test_a_first_page_holds_fewer_and_says_where_the_next_begins(self, alice, fill_large):
        fill_large(alice, 20)

        frame = sync(alice)

        assert self.size(frame) <= MAX_ANSWER_BYTES < self.size(frame) * 1.2
        assert 5 < len(frame["put"]) < 20
        assert frame["next"] == str(frame["put"][-1]["seq"])

    def test_changes_that_do_not_fit_become_a_reset(self, alice, fill_large):
        made = fill_large(alice, 20)

        few, many = sync(alice, since=15), sync(alice, since=0)

        assert (few["from"], ids(few)) == (15, made[15:])
        assert many["reset"] is True
        assert self.size(many) <= MAX_ANSWER_BYTES
        assert ids(many)[0] == made[-1]

    def test_one_item_is_told_however_large(self, alice, fill_ids, settings):
        settings.REALTIME_NOTIFY = {"DATA_MAX_BYTES": 2_000_000}
        made = fill_ids(alice, 3, data=["x" * 600_000])

        assert ids(sync(alice)) == made[2:]
        assert ids(sync(alice, since=2)) == made[2:]
        assert ids(sync(alice, since=1)) == made[2:]

    def test_an_encoded_answer_says_what_its_items_are(self, alice, bob, fill_ids):
        fill_ids(alice, 2, actor=bob, description='Quotes: " and \\', data={"a": [1, None]})

        frame = sync(alice)

        assert json.loads(encoding.encode({**frame, "id": 7})) == {**frame, "id": 7}


def test_a_notification_that_goes_while_it_is_read_is_left_out(alice, fill_ids, monkeypatch):
    gone, kept = fill_ids(alice, 2)
    load = Portions.load

    def load_late(self, rows):
        rows = list(rows)
        events = list(Notification.objects.filter(pk=gone).values_list("event", flat=True))
        Notification.objects.filter(pk=gone).erase()
        Event.objects.filter(pk__in=events).delete()
        load(self, rows)

    monkeypatch.setattr(Portions, "load", load_late)

    assert ids(sync(alice)) == [kept]
