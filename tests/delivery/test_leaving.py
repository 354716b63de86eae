"""What delivery writes into the outbox, together with the inboxes and beside them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from realtime_notify import EVERYONE, notify, opt_out, subscribe
from realtime_notify.delivery import deliver, sweep
from realtime_notify.models import (
    DeliveryProfile,
    Dispatch,
    DispatchItem,
    Endpoint,
    Event,
    Inbox,
    Medium,
    Notification,
    NotificationType,
    OptOut,
    Subscription,
)
from realtime_notify.work import run_due
from tests.delivery.conftest import held
from tests.outbox.media import HOOK, LETTER, PAGE

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture(autouse=True)
def media(settings):
    settings.REALTIME_NOTIFY = {"MEDIA": (LETTER, PAGE), "INLINE_SECONDS": 60.0}


def set_type(key="demo/news", **columns):
    NotificationType.objects.update_or_create(key=key, defaults=columns)


def told(**only):
    """Return how often recipients are told of each event: by medium, recipient and event."""
    items = DispatchItem.objects.filter(**only)
    return Counter(items.values_list("dispatch__medium", "dispatch__recipient", "event"))


def once(event, people, *media):
    return Counter(
        (medium, who if isinstance(who, str) else f"user:{who.pk}", event.pk)
        for who in people
        for medium in media
    )


def test_subscribers_get_every_medium_and_their_notification_is_noted(send, alice, bob):
    own = subscribe(alice, "demo/news")
    subscribe(bob, "demo/news")
    event = send("Hello", "demo/news")
    assert told() == once(event, [alice, bob], "letter", "page")
    item = DispatchItem.objects.get(dispatch__user=alice, dispatch__medium="letter")
    assert item.notification == Notification.objects.get(user=alice)
    assert item.subscription == own


@pytest.mark.parametrize("intervals", [(1440, 60), (60, 1440), (-1, 60), (60, -1)])
def test_of_several_subscriptions_the_one_with_the_shortest_interval_counts(
    send, alice, bob, intervals
):
    own = {
        interval: subscribe(
            alice,
            "demo/news",
            target,
            profile=DeliveryProfile.objects.create(user=alice, interval=interval),
        )
        for target, interval in zip((None, bob), intervals, strict=True)
    }

    send("Hello", "demo/news", target_object=bob)

    items = DispatchItem.objects.filter(dispatch__medium="letter")
    assert list(items.values_list("dispatch__interval", "subscription")) == [(60, own[60].pk)]


@pytest.mark.parametrize("recipients", [None, EVERYONE])
def test_a_project_without_media_asks_nothing_of_the_outbox(send, alice, settings, recipients):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0}
    subscribe(alice, "demo/news")
    Endpoint.objects.create(name="CRM", url="https://example.com/", keys=["**"])

    with CaptureQueriesContext(connection) as queries:
        send("Hello", "demo/news", recipients=recipients)
        run_due()

    assert Notification.objects.filter(user=alice).count() == 1
    tables = [model._meta.db_table for model in (Dispatch, DispatchItem, Endpoint, Subscription)]
    asked = [
        table
        for table in tables
        if any(f"{table}{end}" in query["sql"] for query in queries for end in ('"', "`"))
    ]
    assert asked == ([Subscription._meta.db_table] if recipients is None else [])


def test_events_of_one_commit_leave_together(alice, bob, django_capture_on_commit_callbacks):
    subscribe(alice, "demo/news")
    with django_capture_on_commit_callbacks(execute=True):
        first = notify("One", "demo/news")
        second = notify("Two", "demo/news", recipients=[alice, bob])
    expected = once(first, [alice], "letter", "page") + once(second, [alice, bob], "letter", "page")
    assert told() == expected


@pytest.mark.parametrize("recipients", [lambda some: some, lambda some: EVERYONE])
def test_people_who_are_named_get_the_media_of_the_type(send, alice, bob, recipients):
    set_type(media=["inbox", "page"])
    event = send("Hello", "demo/news", recipients=recipients([alice, bob]))
    assert told() == once(event, [alice, bob], "page")


def test_a_medium_alone_leaves_the_inbox_empty(send, alice):
    Medium.objects.create(name="letter")
    subscribe(alice, "demo/news", media=["letter"])
    event = send("Hello", "demo/news")
    assert told() == once(event, [alice], "letter")
    assert not Notification.objects.exists()
    assert DispatchItem.objects.get().notification is None
    event.refresh_from_db()
    assert (event.reached, event.due_at) == (1, None)


def test_opting_out_of_a_medium_leaves_the_others(send, alice):
    Medium.objects.create(name="letter")
    subscribe(alice, "demo/news")
    opt_out(alice, "demo/news", medium="letter")
    event = send("Hello", "demo/news")
    assert told() == once(event, [alice], "page")
    assert OptOut.objects.count() == 1


def test_a_repeat_is_a_further_item(send, alice):
    events = [send("Same", "demo/news", recipients=[alice]) for _ in range(2)]
    assert Notification.objects.count() == 1
    expected = sum((once(event, [alice], "letter", "page") for event in events), Counter())
    assert told() == expected
    notification = Notification.objects.get()
    assert set(DispatchItem.objects.values_list("notification", flat=True)) == {notification.pk}


def test_chunks_tell_everybody_once(users, settings):
    settings.REALTIME_NOTIFY = {
        **settings.REALTIME_NOTIFY,
        "CHUNK_SIZE": 2,
        "INLINE_RECIPIENTS": 0,
    }
    people = users(7)
    for user in people:
        subscribe(user, "demo/news")
    for address in ("ann@example.com", "ben@example.com", "cid@example.com"):
        subscribe(address, "demo/news")
    event = notify("Hello", "demo/news")
    assert not told()
    assert sweep() == 1
    assert told() == once(event, people, "letter", "page") + once(
        event, ["email:ann@example.com", "email:ben@example.com", "email:cid@example.com"], "letter"
    )
    event.refresh_from_db()
    assert (event.reached, event.cursor, event.delivered_at is None) == (10, "", False)


def test_what_a_crash_takes_back_is_told_once(users, settings):
    settings.REALTIME_NOTIFY = {**settings.REALTIME_NOTIFY, "INLINE_RECIPIENTS": 0}
    people = users(5)
    for user in people:
        subscribe(user, "demo/news")
    for address in ("ann@example.com", "ben@example.com"):
        subscribe(address, "demo/news")
    pk = notify("Hello", "demo/news").pk
    for _ in range(20):
        # A process delivers a part, with what it knows of the event, and is gone.
        event = Event.objects.get(pk=pk)
        if event.delivered_at is not None:
            break
        stale = Event.objects.get(pk=pk)
        deliver(event, limit=1)
        deliver(stale, limit=1)  # finds the event moved
    assert Event.objects.get(pk=pk).delivered_at is not None
    assert told() == once(event, people, "letter", "page") + once(
        event, ["email:ann@example.com", "email:ben@example.com"], "letter"
    )


def test_small_events_for_addresses_reach_them(alice, django_capture_on_commit_callbacks):
    subscribe("ann@example.com", "demo/news")
    subscribe(alice, "demo/hello")
    with django_capture_on_commit_callbacks(execute=True):
        first = notify("One", "demo/news")
        second = notify("Two", "demo/hello")
        third = notify("Three", "demo/hello")
    expected = once(first, ["email:ann@example.com"], "letter")
    for event in (second, third):
        expected += once(event, [alice], "letter", "page")
    assert told() == expected


def test_a_broadcast_stays_one_row_and_is_told_by_other_media(users):
    people = users(5)
    event = notify("Hello", "demo/news", recipients=EVERYONE, lazy=True)
    sweep()
    assert not Notification.objects.exists()
    assert told() == once(event, people, "letter", "page")
    event.refresh_from_db()
    assert event.number == 1
    assert event.delivered_at is not None


def test_a_broadcast_for_the_inbox_alone_is_delivered_by_its_number(send, users):
    users(3)
    set_type(media=["inbox"])
    event = send("Hello", "demo/news", recipients=EVERYONE, lazy=True)
    event.refresh_from_db()
    assert event.delivered_at is not None
    assert not Dispatch.objects.exists()


def test_endpoints_are_told_once_of_the_types_that_they_ask_for(users, settings):
    settings.REALTIME_NOTIFY = {"MEDIA": (HOOK,), "CHUNK_SIZE": 2, "INLINE_RECIPIENTS": 0}
    for user in users(5):
        subscribe(user, "demo/news")
    hook = Endpoint.objects.create(name="A", url="https://example.com/a", keys=["demo/*"])
    Endpoint.objects.create(name="B", url="https://example.com/b", keys=["other/**"])
    Endpoint.objects.create(name="C", url="https://example.com/c", keys=["**"], active=False)
    events = [
        notify("Hello", "demo/news"),
        notify("Hello", "demo/hello", recipients=[]),
        notify("All", "demo/news", lazy=True),
    ]
    sweep()
    expected = sum((once(event, [f"endpoint:{hook.pk}"], "webhook") for event in events), Counter())
    assert told() == expected


def test_endpoints_are_told_of_broadcasts_where_no_other_medium_is(send, alice, settings):
    settings.REALTIME_NOTIFY = {"MEDIA": ("webhook",), "INLINE_SECONDS": 60.0}
    endpoint = Endpoint.objects.create(name="CRM", url="https://example.com/", keys=["**"])

    event = send("Hello", "demo/news", recipients=EVERYONE, lazy=True)
    run_due(send=False)

    assert told() == once(event, [f"endpoint:{endpoint.pk}"], "webhook")


def test_nothing_leaves_of_what_has_expired(alice):
    Endpoint.objects.create(name="A", url="https://example.com/a", keys=["**"])
    tomorrow = timezone.now() + timedelta(1)
    event = notify("Hello", "demo/news", recipients=[alice], deliver_at=tomorrow)
    Event.objects.filter(pk=event.pk).update(
        due_at=timezone.now(), expires_at=timezone.now() - timedelta(1)
    )
    sweep()
    assert not Dispatch.objects.exists()


def test_a_chunk_costs_the_same_statements_for_few_and_for_many(users, settings):
    settings.REALTIME_NOTIFY = {**settings.REALTIME_NOTIFY, "INLINE_RECIPIENTS": 0}
    Medium.objects.bulk_create([Medium(name="letter"), Medium(name="page")])
    counted = []
    for key, people in (("demo/few", users(30)), ("demo/many", users(300))):
        for user in people:
            subscribe(user, key)
        event = Event.objects.get(pk=notify("Hello", key).pk)
        assert event.type  # loaded, as a sweep does
        with CaptureQueriesContext(connection) as queries:
            deliver(event)
        counted.append(len(queries))
    assert counted[0] == counted[1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")
def test_stragglers_are_told_when_their_inbox_is_free(users):
    people = users(6)
    for user in people:
        subscribe(user, "demo/news")
    notify("First", "demo/hello", recipients=people)
    before = DispatchItem.objects.count()
    with held(Inbox.objects.filter(user__in=people[:2])):
        event = notify("Hello", "demo/news")
        assert told(event=event) == once(event, people[2:], "letter", "page")
    Event.objects.filter(pk=event.pk).update(due_at=event.created)
    sweep()
    assert told(event=event) == once(event, people, "letter", "page")
    assert DispatchItem.objects.count() == before + 12


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")
def test_somebody_without_an_inbox_row_to_write_waits_for_nobody_either(alice, bob):
    Medium.objects.create(name="letter")
    for user in (alice, bob):
        subscribe(user, "demo/news", media=["letter"])
    with held(type(alice)._default_manager.filter(pk=alice.pk)):
        event = notify("Hello", "demo/news")
        assert told() == once(event, [bob], "letter")
    Event.objects.filter(pk=event.pk).update(due_at=event.created)
    sweep()
    assert told() == once(event, [alice, bob], "letter")
