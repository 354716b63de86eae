"""What is written to leave, for whom, and when."""

from __future__ import annotations

from datetime import UTC, time, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from realtime_notify import outbox, subscribe
from realtime_notify.models import (
    DeliveryProfile,
    Dispatch,
    DispatchItem,
    Endpoint,
    NotificationType,
)
from tests.outbox.media import HOOK, LETTER, LOG, PAGE

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture(autouse=True)
def media(settings):
    settings.REALTIME_NOTIFY = {"MEDIA": (LETTER, PAGE, LOG, HOOK)}


@pytest.fixture
def events(send):
    """Return events that reached nobody: events(2)."""

    def events(count):
        return [send(f"Event {number}", "demo/news", recipients=[]) for number in range(count)]

    return events


def rows(**only):
    found = Dispatch.objects.filter(**only).order_by("recipient", "medium", "due_at")
    return [
        (row.recipient, row.medium_id, row.interval, row.items.count(), row.is_open)
        for row in found
    ]


def write(events, reached, notifications=None):
    with transaction.atomic():
        outbox.write(events, reached, notifications or {})


def test_a_message_is_written_for_each_medium_and_person(events, alice, bob):
    (event,) = events(1)
    own = subscribe(alice, "demo/news")
    everybody = {event.pk: {alice.pk: own.pk, bob.pk: None}}
    write([event], {"letter": everybody, "page": everybody})
    expected = sorted(
        (f"user:{user.pk}", medium, 0, 1, True)
        for user in (alice, bob)
        for medium in ("letter", "page")
    )
    assert rows() == expected
    item = DispatchItem.objects.get(dispatch__user=alice, dispatch__medium="letter")
    assert (item.event_id, item.subscription_id, item.notification_id) == (event.pk, own.pk, None)


def test_a_burst_joins_one_message(events, alice):
    some = events(3)
    for event in some:
        write([event], {"letter": {event.pk: {alice.pk: None}}})
    assert len(rows()) in (1, 2)  # the minute may have changed in between
    assert DispatchItem.objects.count() == 3


def test_events_of_one_transaction_join_one_message(events, alice, bob):
    some = events(3)
    write(some, {"letter": {event.pk: {alice.pk: None, bob.pk: None} for event in some}})
    assert [row[3] for row in rows()] == [3, 3]


def test_what_is_taken_already_is_not_joined(events, alice):
    first, second = events(2)
    DeliveryProfile.objects.create(user=alice, interval=43200)
    write([first], {"letter": {first.pk: {alice.pk: None}}})
    Dispatch.objects.update(is_open=None)
    write([second], {"letter": {second.pk: {alice.pk: None}}})
    assert [row[3:] for row in rows()] in ([(1, None), (1, True)], [(1, True), (1, None)])


def test_nothing_is_written_for_people_a_medium_cannot_reach(events, alice, bob):
    bob.email = ""
    bob.save()
    (event,) = events(1)
    write([event], {"page": {event.pk: {alice.pk: None, bob.pk: None}}})
    assert [row[0] for row in rows()] == [f"user:{alice.pk}"]


def test_nothing_is_written_for_those_who_want_it_never(events, alice):
    DeliveryProfile.objects.create(user=alice, interval=-1)
    (event,) = events(1)
    write([event], {"letter": {event.pk: {alice.pk: None}}})
    assert not Dispatch.objects.exists()


def test_a_medium_that_does_not_interrupt_knows_no_intervals_and_no_quiet_hours(events, alice):
    DeliveryProfile.objects.create(
        user=alice, interval=-1, quiet_from=time(0), quiet_until=time(23, 59)
    )
    (event,) = events(1)
    write([event], {"log": {event.pk: {alice.pk: None}}})
    row = Dispatch.objects.get()
    assert row.interval == 0
    assert row.due_at <= timezone.now()


def test_what_is_required_leaves_for_those_who_want_nothing(events, alice):
    DeliveryProfile.objects.create(user=alice, interval=-1)
    NotificationType.objects.update_or_create(key="demo/news", defaults={"required": True})
    (event,) = events(1)
    write([event], {"letter": {event.pk: {alice.pk: None}}})
    assert Dispatch.objects.get().interval == 0


def test_what_is_critical_waits_for_no_digest(events, alice, bob):
    DeliveryProfile.objects.create(user=alice, interval=1440)
    DeliveryProfile.objects.create(user=bob, interval=-1)
    NotificationType.objects.update_or_create(key="demo/news", defaults={"critical": True})
    (event,) = events(1)
    write([event], {"letter": {event.pk: {alice.pk: None, bob.pk: None}}})
    row = Dispatch.objects.get()
    assert (row.user, row.interval) == (alice, 0)
    assert row.due_at <= timezone.now() + timedelta(minutes=2)


def test_the_delay_of_the_type_replaces_that_of_the_medium(events, alice):
    NotificationType.objects.update_or_create(key="demo/news", defaults={"delay": 3600})
    (event,) = events(1)
    before = timezone.now()
    write([event], {"letter": {event.pk: {alice.pk: None}}, "log": {event.pk: {alice.pk: None}}})
    assert Dispatch.objects.get(medium="letter").due_at >= before + timedelta(hours=1)
    assert Dispatch.objects.get(medium="log").due_at <= timezone.now()


def test_a_digest_waits_for_the_persons_own_hour(events, alice):
    DeliveryProfile.objects.create(user=alice, interval=1440, hour=6, time_zone="Asia/Kolkata")
    (event,) = events(1)
    write([event], {"letter": {event.pk: {alice.pk: None}}})
    row = Dispatch.objects.get()
    assert row.interval == 1440
    assert row.due_at.astimezone(UTC).time() == time(0, 30)


def test_addresses_and_endpoints_get_messages_of_their_own(events):
    (event,) = events(1)
    own = subscribe("ann@example.com", "demo/news")
    endpoint = Endpoint.objects.create(name="Hook", url="https://example.com/hook")
    with transaction.atomic():
        outbox.write_to_addresses(event, {"letter": {"ann@example.com": own.pk}})
        outbox.write_to_endpoints([event], {event.pk: [endpoint.pk]})
    assert rows() == [
        ("email:ann@example.com", "letter", 0, 1, True),
        (f"endpoint:{endpoint.pk}", "webhook", 0, 1, True),
    ]
    mailed, called = Dispatch.objects.order_by("recipient")
    assert (mailed.address, mailed.items.get().subscription) == ("ann@example.com", own)
    assert called.endpoint == endpoint


def test_the_statements_do_not_grow_with_the_people_or_the_media(events, users):
    few, many = users(3), users(200)
    for user in [*few, *many]:
        DeliveryProfile.objects.create(user=user, interval=1440)
    counts = []
    for people, media in ((few, ["letter"]), (many, ["letter", "log"])):
        (event,) = events(1)
        own = {user.pk: subscribe(user, "demo/news").pk for user in people}
        with CaptureQueriesContext(connection) as queries:
            write([event], {medium: {event.pk: own} for medium in media})
        counts.append(len(queries))
        assert event.dispatch_items.count() == len(people) * len(media)
    assert counts[0] == counts[1]
