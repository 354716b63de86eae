"""E-mail addresses without an account."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from realtime_notify import audience, notify, opt_out, subscribe
from realtime_notify.models import Medium, Subscription
from tests.blog.models import Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def walked(event, size, medium="email"):
    """Return the addresses of an event, in the order in which they come."""
    found = []
    while part := audience.next_addresses(event, found[-1] if found else "", size, medium):
        assert len(part) <= size
        found += [address for address, _ in part]
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_addresses_are_walked_in_order_and_none_twice(size):
    post = Post.objects.create(title="1")
    for name in "dbaec":
        subscribe(f"{name}@example.com", "a")
        subscribe(f"{name}@example.com", "a", post)
        subscribe(f"{name}@example.com", "a", filters={"language": "da"})
    subscribe("other@example.com", "b")

    assert walked(notify("Hello", "a", post), size) == [f"{name}@example.com" for name in "abcde"]


@pytest.mark.parametrize("size", [1, 2, 10])
def test_addresses_whom_the_event_does_not_reach_do_not_end_the_walk(size):
    for name in "abcd":
        subscribe(f"{name}@example.com", "a", media=["inbox"])
    subscribe("e@example.com", "a", media=["email"])
    last = subscribe("f@example.com", "a")
    Subscription.objects.filter(email="e@example.com").update(active=False)

    event = notify("Hello", "a")

    assert walked(event, size) == ["f@example.com"]
    assert audience.next_addresses(event, "", size, "email") == [("f@example.com", last.pk)]


def test_an_address_is_left_to_the_user_who_has_it_and_is_reached(users):
    alice, bob = users("alice", "bob")
    get_user_model().objects.filter(pk=alice.pk).update(email="Alice@Example.com")
    for address in ("alice@example.com", "bob@example.com"):
        subscribe(address, "a")
    subscribe(alice, "a")
    subscribe(bob, "a")
    opt_out(bob, "a", medium="email")
    event = notify("Hello", "a")
    pairs = {event: ["alice@example.com", "bob@example.com"]}

    assert walked(event, 10) == ["bob@example.com"]
    assert audience.still_addressed(pairs, "email") == {(event.pk, "bob@example.com")}


def test_only_events_for_subscribers_are_for_addresses(alice):
    subscribe("ann@example.com", "a")
    events = [
        notify("Hello", "a", recipients=alice),
        notify("Hello", "a", recipient_users=[alice]),
        notify("Hello", "a", exclude=[alice]),
    ]

    assert [walked(event, 10) for event in events] == [[], [], ["ann@example.com"]]
    found = audience.still_addressed({event: ["ann@example.com"] for event in events}, "email")
    assert found == {(events[2].pk, "ann@example.com")}


def test_an_address_that_has_unsubscribed_is_addressed_no_more():
    for name in ("ann", "ben"):
        subscribe(f"{name}@example.com", "a")
    events = [notify("Hello", "a"), notify("Hello", "b")]
    Subscription.objects.filter(email="ben@example.com").delete()
    pairs = {event: ["ann@example.com", "ben@example.com"] for event in events}

    assert audience.still_addressed(pairs, "email") == {(events[0].pk, "ann@example.com")}
    assert audience.still_addressed({}, "email") == set()
    assert Medium.objects.count() == 0
