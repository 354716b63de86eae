"""Handing over what is stored about somebody, and erasing it."""

from __future__ import annotations

import json

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from realtime_notify import notify, subscribe
from realtime_notify.delivery import deliver
from realtime_notify.inbox import counts, mark_read, page, sync
from realtime_notify.models import (
    DeliveryProfile,
    Dispatch,
    Event,
    EventActor,
    EventSeen,
    Medium,
    Notification,
    OptOut,
    Subscription,
    SubscriptionRequest,
)
from realtime_notify.retention import export, forget
from realtime_notify.retention.people import jsonable
from realtime_notify.subscriptions import opt_out
from tests.blog.models import Post
from tests.retention.conftest import DAYS, assert_exact
from tests.sending.conftest import enqueue

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def sections(user, email=""):
    return {name: list(rows) for name, rows in export(user, email).items()}


@pytest.fixture
def life(alice, bob, send):
    """Everything that Alice can have, beside the same of Bob."""
    post = Post.objects.create(title="Tea")
    for person in (alice, bob):
        subscribe(person, "a", post, filters={"colour": "red"}, media=["inbox"])
        opt_out(person, "b")
        DeliveryProfile.objects.create(user=person, name="Daily", interval=1440)
    events = [send("Both", "c", recipients=[alice, bob], actor=alice, action_object=bob)]
    events += [send("Not them", "c", recipients=[], exclude=[alice, bob], target_object=alice)]
    EventActor.objects.create(
        event=events[1],
        actor_type=ContentType.objects.get_for_model(alice),
        actor_id=str(alice.pk),
        actor_text="Alice",
    )
    for person in (alice, bob):
        Medium.objects.named("email").mark_seen(events, person)
        enqueue(person, *events)
    mark_read(alice, ids=[Notification.objects.get(user=alice).pk])
    return events


def test_an_export_has_all_that_is_theirs(alice, life):
    told = sections(alice)

    (notification,) = told["notifications"]
    assert notification["message"] == "Both"
    assert notification["read_at"] is not None
    assert told["inbox"] == [{"rev": 2, "unread": 0, "unseen": 0, "seen": 0}]
    (subscription,) = told["subscriptions"]
    assert subscription["filters"] == {"colour": "red"}
    assert subscription["media"] == ["inbox"]
    assert subscription["target"]["type"] == "blog.post"
    assert [one["type"] for one in told["opt_outs"]] == ["b"]
    assert [one["name"] for one in told["profiles"]] == ["Daily"]
    assert [one["event"] for one in told["seen"]] == [event.pk for event in life]
    (message,) = told["messages"]
    assert (message["medium_id"], message["state"]) == ("post", "waiting")
    assert sorted(message["events"]) == [event.pk for event in life]
    assert [one["role"] for one in told["appears_in"]] == ["actor", "target", "actor"]
    assert [one["id"] for one in told["named_by"]] == [event.pk for event in life]


def test_an_export_has_nothing_of_anybody_else(carol, life):
    assert not any(sections(carol).values())


def test_an_export_is_one_json_document(alice, life):
    written = "".join(jsonable(export(alice)))

    read = json.loads(written)
    assert list(read) == list(export(alice))
    assert read["notifications"][0]["message"] == "Both"
    assert read["subscriptions"][0]["target"]["id"] == str(Post.objects.get().pk)


def test_an_address_of_theirs_is_included_when_it_is_given(alice, life):
    subscribe("Alice@Home.example", "a")

    SubscriptionRequest.objects.create(
        digest="x", address="alice@home.example", type_id="a", expires=1e12
    )

    assert len(sections(alice)["subscriptions"]) == 1
    assert sections(alice)["requests"] == []
    assert len(sections(alice, "alice@home.EXAMPLE")["subscriptions"]) == 2
    assert len(sections(alice, "alice@home.EXAMPLE")["requests"]) == 1

    forget(alice, "alice@home.example")

    assert not Subscription.objects.filter(email="alice@home.example").exists()
    assert not SubscriptionRequest.objects.exists()


def test_erasing_leaves_nothing_of_theirs_and_all_of_others(alice, bob, life):
    kept = sections(bob)

    done = forget(alice)

    left = {name: rows for name, rows in sections(alice).items() if rows}
    assert left.keys() == {"inbox", "appears_in"}
    assert left["inbox"] == [{"rev": 3, "unread": 0, "unseen": 0, "seen": 0}]
    assert sections(bob) == kept
    assert done == {
        "subscriptions": 1,
        "requests": 0,
        "named_by": 2,
        "notifications": 1,
        "seen": 2,
        "opt_outs": 1,
        "profiles": 1,
        "messages": 1,
        "browsers": 0,
        "appears_in": 0,
    }
    assert OptOut.objects.count() == EventSeen.objects.count() // 2 == 1
    assert_exact()


def test_erasing_twice_erases_nothing_more(alice, life):
    forget(alice)

    assert not any(forget(alice).values())


def test_what_others_were_told_about_them_stays_unless_it_is_asked_for(alice, bob, life):
    forget(alice)
    (shown,) = page(bob)["put"]
    assert shown["actor"]["text"] == str(alice)

    forget(alice, snapshots=True)

    (shown,) = page(bob)["put"]
    assert shown["actor"] is None
    assert shown["action_object"]["text"] == str(bob)
    assert shown["message"] == "Both"
    assert not EventActor.objects.exclude(actor_text="").exists()
    assert sections(alice)["appears_in"] == []


def test_their_browsers_are_disconnected_and_a_late_one_reloads(alice, life, pushed, commit):
    was_at = counts(alice)["rev"]
    pushed.clear()

    with commit():
        forget(alice)

    byes = [message["user"] for message in pushed if message["type"] == "rn.bye"]
    assert byes == [str(alice.pk)]
    assert sync(alice, was_at)["reset"]


def test_nobody_is_passed_over_when_somebody_leaves_a_list_that_is_delivered(users, settings):
    settings.REALTIME_NOTIFY = {"INLINE_RECIPIENTS": 0, "CHUNK_SIZE": 2}
    people = users(5)
    notify("Hello", "a", recipients=people)
    event = Event.objects.get()
    deliver(event, limit=2)
    under_way = Event.objects.get()

    forget(people[3])
    deliver(under_way, limit=2)
    deliver(Event.objects.get())

    reached = set(Notification.objects.values_list("user", flat=True))
    assert {person.pk for person in people} - reached <= {people[3].pk}
    assert people[4].pk in reached


def test_they_leave_the_stragglers_of_an_event_that_is_under_way(alice, bob):
    notify("Hello", "a", recipients=[bob], deliver_at=timezone.now() + DAYS)
    who = [one if isinstance(one, int) else str(one) for one in (alice.pk, bob.pk)]
    Event.objects.update(started_at=timezone.now(), stragglers=[[one, None] for one in who])

    forget(alice)

    assert Event.objects.get().stragglers == [[who[1], None]]


def test_somebody_whose_user_is_gone_can_be_forgotten(alice, life):
    pk = alice.pk
    alice.delete()

    assert forget(pk)["seen"] == 2
    assert sections(pk)["named_by"] == []


def test_messages_to_an_address_are_handed_over_and_erased_with_its_owner(alice, bob, send):
    event = send("The kettle is on", "kitchen/kettle")
    for address in ("ann@example.com", "bea@example.com"):
        enqueue(address, event)

    assert [one["address"] for one in sections(alice, "Ann@example.com")["messages"]] == [
        "ann@example.com"
    ]
    assert forget(alice, "Ann@example.com")["messages"] == 1
    assert Dispatch.objects.get().address == "bea@example.com"
