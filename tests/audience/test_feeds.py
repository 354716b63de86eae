"""Feeds: which events are for whom by a medium."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from realtime_notify import EVERYONE, notify, subscribe
from realtime_notify.exceptions import InvalidRecipient
from realtime_notify.models import Event
from realtime_notify.subscriptions.optouts import opt_out
from tests.blog.models import Company, Document, Employment, Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def texts(events):
    return [event.message for event in events]


def test_only_what_a_subscription_on_the_medium_reaches_is_in_a_feed(newsfeed, bell, alice):
    subscribe(alice, "photo/tag", media=["newsfeed"])
    subscribe(alice, "product/new", media=["bell"])
    notify("A photo", "photo/tag")
    notify("A product", "product/new")
    notify("Nobody asked", "weather/rain")

    assert texts(newsfeed.events()) == texts(newsfeed.events_for(alice)) == ["A photo"]
    assert texts(bell.events()) == texts(bell.events_for(alice)) == ["A product"]


def test_each_event_is_in_a_feed_once_however_many_actors_and_subscriptions(newsfeed, users):
    people = users(4)
    team = Group.objects.create(name="team")
    team.user_set.add(*people)
    for one in (*people, team):
        subscribe(one, "photo/tag", only_following=True)
        subscribe(one, "photo/tag", filters={"album": "summer"})
    for number in range(3):
        notify(f"Photo {number}", "photo/tag", actors=people, filters={"album": "summer"})

    once = ["Photo 2", "Photo 1", "Photo 0"]
    assert texts(newsfeed.events()) == once
    assert texts(newsfeed.events_for(people[0])) == once
    assert texts(event for event, _ in newsfeed.events_with_recipients()) == once


def test_each_recipient_is_named_once_however_many_subscriptions_overlap(newsfeed, users):
    people = users(3)
    team = Group.objects.create(name="team")
    team.user_set.add(*people)
    company = Company.objects.create(name="c")
    for one in people:
        Employment.objects.create(user=one, company=company, title="clerk")
    for one in (*people, team, company, "guest@example.com"):
        subscribe(one, "photo/tag")
        subscribe(one, "photo/tag", filters={"album": "summer"})
    notify("A photo", "photo/tag")

    ((_, recipients),) = newsfeed.events_with_recipients()

    assert len(recipients) == 4
    assert {*recipients} == {*people, "guest@example.com"}


def test_an_event_that_reaches_nobody_is_in_no_feed(newsfeed, alice, bob):
    subscribe(alice, "photo/tag")
    opt_out(alice, "photo/tag", medium="newsfeed")
    notify("A photo", "photo/tag")

    assert texts(newsfeed.events()) == texts(newsfeed.events_for(alice)) == []
    assert list(newsfeed.events_with_recipients()) == []

    subscribe(bob, "photo/tag")
    assert texts(newsfeed.events()) == []  # it happened before Bob came
    subscribe(bob, "photo/tag", backfill=True)
    assert texts(newsfeed.events()) == texts(newsfeed.events_for(bob)) == ["A photo"]
    assert [who for _, who in newsfeed.events_with_recipients()] == [[bob]]


def test_an_email_address_has_a_feed_of_what_no_user_with_it_gets(newsfeed, alice):
    subscribe("guest@example.com", "photo/tag")
    subscribe(alice.email, "photo/tag")
    notify("First", "photo/tag")
    subscribe(alice, "photo/tag")
    notify("Second", "photo/tag")

    assert texts(newsfeed.events_for("Guest@Example.com")) == ["Second", "First"]
    assert texts(newsfeed.events_for(alice.email)) == ["First"]
    assert texts(newsfeed.events_for(alice)) == ["Second"]


def test_a_group_has_no_feed(newsfeed):
    with pytest.raises(InvalidRecipient, match="A group has no feed"):
        newsfeed.events_for(Group.objects.create(name="team"))


def test_a_feed_is_narrowed_by_time_actor_and_expiry(newsfeed, alice, bob):
    subscribe(alice, "photo/tag")
    now = timezone.now()
    post = Post.objects.create(title="Album")
    made = [
        notify("Old", "photo/tag", actor=bob),
        notify("Gone", "photo/tag", expires_at=now + timedelta(hours=1)),
        notify("Of both", "photo/tag", actors=[post, bob]),
        notify("Of the album", "photo/tag", actor=post),
    ]
    Event.objects.filter(pk=made[0].pk).update(created=now - timedelta(days=2))
    Event.objects.filter(pk=made[1].pk).update(expires_at=now - timedelta(hours=1))
    subscribe(alice, "photo/tag", backfill=True)

    for ask in (newsfeed.events, lambda **only: newsfeed.events_for(alice, **only)):
        assert texts(ask()) == ["Of the album", "Of both", "Old"]
        assert texts(ask(include_expired=True)) == ["Of the album", "Of both", "Gone", "Old"]
        assert texts(ask(start_time=now - timedelta(days=1))) == ["Of the album", "Of both"]
        assert texts(ask(end_time=now - timedelta(days=1))) == ["Old"]
        assert texts(ask(actor=bob)) == ["Of both", "Old"]
        assert texts(ask(actor=post)) == ["Of the album", "Of both"]
    assert texts(event for event, _ in newsfeed.events_with_recipients(actor=post)) == [
        "Of the album",
        "Of both",
    ]


def test_both_ends_of_a_time_range_are_included(newsfeed, alice):
    subscribe(alice, "photo/tag")
    moment = notify("Now", "photo/tag").created

    assert texts(newsfeed.events(start_time=moment, end_time=moment)) == ["Now"]


def test_an_event_with_deliver_at_is_in_no_feed_before_that_moment(newsfeed, alice):
    subscribe(alice, "photo/tag")
    event = notify("Tomorrow", "photo/tag", deliver_at=timezone.now() + timedelta(days=1))

    assert texts(newsfeed.events()) == texts(newsfeed.events_for(alice)) == []
    Event.objects.filter(pk=event.pk).update(deliver_at=timezone.now())
    assert texts(newsfeed.events()) == texts(newsfeed.events_for(alice)) == ["Tomorrow"]


def test_a_feed_is_a_queryset_that_can_be_sliced_and_filtered_in_sql(
    newsfeed, alice, django_assert_max_num_queries
):
    subscribe(alice, "photo/tag")
    for number in range(5):
        notify(f"Photo {number}", "photo/tag", level="warning" if number == 3 else "info")

    with django_assert_max_num_queries(6):
        page = newsfeed.events_for(alice)[:2]
        assert texts(page) == ["Photo 4", "Photo 3"]
    assert texts(newsfeed.events().filter(level="warning")) == ["Photo 3"]
    assert newsfeed.events().count() == 5
    assert texts(newsfeed.events().unexpired().between(end=timezone.now()).arrived()[4:]) == [
        "Photo 0"
    ]


# Following, and who was narrowed to


def test_feeds_respect_exclude_and_recipients(newsfeed, users, django_capture_on_commit_callbacks):
    alice, bob, carol = users("alice", "bob", "carol")
    for one in (alice, bob):
        subscribe(one, "photo/tag", media=["newsfeed"])
    with django_capture_on_commit_callbacks(execute=True):
        notify("Not for Alice", "photo/tag", exclude=[alice])
        notify("For Alice alone", "photo/tag", recipient_users=[alice, carol])
        notify("For Carol by name", "photo/tag", recipients=[carol])

    assert texts(newsfeed.events_for(alice)) == ["For Alice alone"]
    assert texts(newsfeed.events_for(bob)) == ["Not for Alice"]
    assert texts(newsfeed.events_for(carol)) == ["For Carol by name"]
    assert newsfeed.events().count() == 3
    opt_out(carol, "photo/tag")
    assert newsfeed.events_for(carol).count() == 0
    assert newsfeed.events().count() == 2


# Cost


def feed_page(medium, user, number=50):
    """Show a page of a feed with everything its events speak of."""
    return [
        (event.message, str(event.actor), str(event.action_object), str(event.target))
        for event in medium.events_for(user).with_objects()[:number]
    ]


def test_a_page_of_fifty_with_three_objects_each_costs_nine_queries(
    newsfeed, users, django_assert_max_num_queries
):
    alice, *others = users("alice", 10)
    team = Group.objects.create(name="team")
    team.user_set.add(alice)
    subscribe(team, "photo/tag")
    subscribe(alice, "photo/tag", only_following=True)
    opt_out(alice, "weather/rain")
    for number in range(60):
        notify(
            f"Photo {number}",
            "photo/tag",
            Post.objects.create(title=f"Album {number}"),
            actor=others[number % 10],
            action_object=Document.objects.create(title=f"Photo {number}"),
        )

    feed_page(newsfeed, alice)  # Django reads each content type once in the life of a process
    with django_assert_max_num_queries(9):
        page = feed_page(newsfeed, alice)

    assert len(page) == 50
    assert page[0] == ("Photo 59", others[9].username, "Photo 59", "Album 59")
    with django_assert_max_num_queries(8):
        assert len(newsfeed.events().with_objects()[:50]) == 50


def test_a_feed_loads_no_list_of_people_with_its_events(newsfeed, alice, django_assert_num_queries):
    subscribe(alice, "photo/tag")
    for number in range(3):
        notify(f"Photo {number}", "photo/tag")
    feeds = newsfeed.events(), newsfeed.events_for(alice), newsfeed.events(mark_seen=True)

    for events in feeds:
        with django_assert_num_queries(1) as queries:
            assert texts(events) == ["Photo 2", "Photo 1", "Photo 0"]
        selected = queries[0]["sql"].partition(" FROM ")[0]
        assert "audience" not in selected.replace("has_own_audience", "")
        assert "stragglers" not in selected


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"also": [("photo/other",)]},
        {"filter_exclude": {"only_following": True}},
        {"recipients": EVERYONE},
    ],
    ids=["subscribers", "also", "filter_exclude", "everyone"],
)
def test_a_feed_has_a_broadcast_that_nobody_has_looked_at(newsfeed, alice, send, options):
    subscribe(alice, "photo/tag")

    event = send("Photo", "photo/tag", lazy=True, **options)

    assert list(newsfeed.events_with_recipients("users")) == [(event, [alice])]
    assert list(newsfeed.events()) == list(newsfeed.events_for(alice)) == [event]
