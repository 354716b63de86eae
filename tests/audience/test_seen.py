"""Which events of a feed somebody has seen."""

from __future__ import annotations

import tracemalloc

import pytest

from realtime_notify import notify, subscribe
from realtime_notify.audience import feeds
from realtime_notify.models import Event, EventSeen, Medium
from tests.blog.models import Post
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def texts(events):
    return [event.message for event in events]


# Seen


def test_seen_marks_are_kept_per_user_and_medium(newsfeed, bell, alice, bob):
    subscribe(alice, "photo/tag")
    subscribe(bob, "photo/tag")
    event = notify("A photo", "photo/tag")

    newsfeed.mark_seen([event], alice)

    assert texts(newsfeed.events_for(alice, seen=False)) == []
    assert texts(newsfeed.events_for(alice, seen=True)) == ["A photo"]
    for feed in (
        newsfeed.events_for(bob, seen=False),
        bell.events_for(alice, seen=False),
        newsfeed.events(seen=False),
    ):
        assert texts(feed) == ["A photo"]
    assert texts(Event.objects.seen_by(newsfeed, alice)) == ["A photo"]
    assert texts(Event.objects.unseen_by("newsfeed", alice)) == []


def test_marking_twice_is_the_same_as_once(newsfeed, alice):
    subscribe(alice, "photo/tag")
    event = notify("A photo", "photo/tag")

    for _ in range(2):
        newsfeed.mark_seen(Event.objects.all())
        newsfeed.mark_seen([event, event])
        Event.objects.all().mark_seen(newsfeed, alice)
        assert texts(newsfeed.events(mark_seen=True)) == ["A photo"]
        assert texts(newsfeed.events_for(alice, mark_seen=True)) == ["A photo"]
        assert len(list(newsfeed.events_with_recipients(mark_seen=True))) == 1

    assert EventSeen.objects.count() == 2  # by the medium, and by Alice
    newsfeed.mark_seen(Event.objects.none())


@pytest.mark.parametrize("of_alice", [False, True])
def test_only_the_returned_events_are_marked_as_seen(newsfeed, alice, of_alice):
    subscribe(alice, "photo/tag", media=["newsfeed"])
    post = Post.objects.create(title="Album")
    notify("Wanted", "photo/tag", actor=post)
    notify("Of nobody", "photo/tag")
    notify("Of another type", "weather/rain", actor=post)

    def ask(**only):
        return newsfeed.events_for(alice, **only) if of_alice else newsfeed.events(**only)

    page = ask(actor=post, mark_seen=True)
    notify("Too late", "photo/tag", actor=post)

    assert texts(page) == texts(page.all()) == ["Wanted"]
    assert list(EventSeen.objects.values_list("event__message", flat=True)) == ["Wanted"]
    assert texts(ask(seen=False)) == ["Too late", "Of nobody"]
    assert texts(ask(seen=False, mark_seen=True)) == ["Too late", "Of nobody"]
    assert texts(ask(seen=False, mark_seen=True)) == []
    assert texts(ask(seen=True)) == ["Too late", "Of nobody", "Wanted"]


def test_recipients_are_walked_and_marked_one_event_at_a_time(newsfeed, alice, bob):
    subscribe(alice, "photo/tag")
    subscribe(bob, "photo/tag")
    for number in range(3):
        notify(f"Photo {number}", "photo/tag")

    walk = newsfeed.events_with_recipients(seen=False, mark_seen=True)
    assert next(walk)[0].message == "Photo 2"
    walk.close()

    assert {one.event.message for one in EventSeen.objects.all()} == {"Photo 2"}
    assert texts(newsfeed.events_for(alice, seen=False)) == ["Photo 1", "Photo 0"]
    left = newsfeed.events_with_recipients(seen=False, mark_seen=True)
    assert [(event.message, {*who}) for event, who in left] == [
        ("Photo 1", {alice, bob}),
        ("Photo 0", {alice, bob}),
    ]
    assert list(newsfeed.events_with_recipients(seen=False)) == []


def test_a_user_who_has_seen_an_event_is_not_named_as_its_recipient(newsfeed, alice, bob):
    subscribe(alice, "photo/tag")
    subscribe(bob, "photo/tag")
    event = notify("A photo", "photo/tag")
    newsfeed.mark_seen([event], alice)

    assert [who for _, who in newsfeed.events_with_recipients(seen=False)] == [[bob]]
    newsfeed.mark_seen([event], bob)
    assert list(newsfeed.events_with_recipients(seen=False)) == []


def test_seen_marks_of_users_and_email_addresses_are_separate(newsfeed, alice):
    subscribe(alice, "photo/tag")
    subscribe("guest@example.com", "photo/tag")
    notify("A photo", "photo/tag")

    def newly_seen(kind=None):
        walk = newsfeed.events_with_recipients(kind, seen=False, mark_seen=True)
        return [who for _, who in walk]

    assert newly_seen("users") == [[alice]]
    assert newly_seen("users") == []
    assert newly_seen("email_addresses") == [["guest@example.com"]]
    assert newly_seen() == []


def test_a_long_feed_is_read_in_batches(newsfeed, alice, monkeypatch):
    monkeypatch.setattr(feeds, "PORTION", 2)
    subscribe(alice, "photo/tag")
    for number in range(5):
        notify(f"Photo {number}", "photo/tag")

    walk = newsfeed.events_with_recipients(seen=False, mark_seen=True)

    assert texts(event for event, _ in walk) == [f"Photo {number}" for number in range(4, -1, -1)]


@pytest.mark.django_db(transaction=True)
def test_concurrent_marking_of_the_same_events_succeeds(newsfeed, alice):
    subscribe(alice, "photo/tag")
    for number in range(20):
        notify(f"Photo {number}", "photo/tag")

    def mark(_thread):
        for _ in range(5):
            newsfeed.events(mark_seen=True)
            newsfeed.mark_seen(Event.objects.order_by("pk"), alice)

    at_once(mark)

    assert EventSeen.objects.count() == 40


def test_many_marks_are_written_without_a_copy_of_all_rows_in_memory(send):
    event = send("Hello", "a", recipients=[])
    medium = Medium.objects.named("email")

    def peak(count):
        tracemalloc.start()
        EventSeen.objects.mark(medium.pk, ((event.pk, f"{count}-{n}") for n in range(count)))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)

    assert peak(8000) - peak(2000) < 6000 * 500  # bytes a mark
