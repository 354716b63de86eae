"""Events that repeat nothing, beside the general way of writing what arrives."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from realtime_notify import subscribe
from realtime_notify.inbox import arrivals, counts, news, numbers
from realtime_notify.models import Notification, Subscription

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def write_news(event, reached, people):
    return news.write(event, reached, numbers.hold(people, wait=True))


def write_arrivals(event, reached, people):
    inboxes = numbers.lock(people, wait=True)
    arrived = arrivals.write([event], {event.pk: reached}, inboxes)
    numbers.save(inboxes, "rev", "unread", "unseen")
    return arrived


WAYS = [write_arrivals, *([write_news] if connection.vendor == "postgresql" else [])]


@pytest.fixture
def written_event(send):
    """Return an event that reached nobody."""

    def written_event(message):
        return send(message, "demo/news", recipients=[])

    return written_event


@pytest.mark.parametrize("write", WAYS)
def test_both_ways_write_the_same(write, written_event, alice, bob, carol, send):
    send("Before", "demo/hello", recipients=[alice])
    own = subscribe(bob, "demo/news")
    gone = subscribe(carol, "demo/news")
    Subscription.objects.filter(pk=gone.pk).delete()
    event = written_event("The library opens")
    people = [alice.pk, bob.pk]
    numbers.ensure_inboxes([*people, carol.pk])
    # Nobody holds the inbox of Carol, whom the event reaches too.
    reached = {alice.pk: None, bob.pk: own.pk, carol.pk: gone.pk}

    with transaction.atomic():
        arrived = write(event, reached, people)

    rows = Notification.objects.filter(event=event).order_by("rev")
    assert list(rows.values_list("user", "subscription", "seq", "rev", "occurrences")) == [
        (bob.pk, own.pk, 1, 1, 1),
        (alice.pk, None, 2, 2, 1),
    ]
    assert [counts(user) for user in (alice, bob, carol)] == [
        {"rev": 2, "unread": 2, "unseen": 2},
        {"rev": 1, "unread": 1, "unseen": 1},
        {"rev": 0, "unread": 0, "unseen": 0},
    ]
    pks = {row.user_id: row.pk for row in rows}
    assert {(one.event, one.shown, one.user, one.recipient) for one in arrived} == {
        (event.pk, event.pk, alice.pk, (str(alice.pk), pks[alice.pk], 2, 2, 1, 2, 2)),
        (event.pk, event.pk, bob.pk, (str(bob.pk), pks[bob.pk], 1, 1, 1, 1, 1)),
    }


def test_what_another_event_says_is_no_news(written_event, alice):
    written_event("The library opens")
    event = written_event("The library opens")
    numbers.ensure_inboxes([alice.pk])

    with transaction.atomic():
        assert write_news(event, {alice.pk: None}, [alice.pk]) is None

    assert counts(alice)["rev"] == 0
