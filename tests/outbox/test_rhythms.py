"""How often people want to be interrupted, asked for many at once."""

from __future__ import annotations

from datetime import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from realtime_notify import subscribe
from realtime_notify.models import DeliveryProfile
from realtime_notify.outbox import Reader, Rhythm, rhythms_of
from realtime_notify.subscriptions.profiles import chosen

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def hourly_for_alarms(subscription):
    return 60 if subscription.type_id.startswith("alarm/") else chosen(subscription)


def in_tokyo(user, profile):
    return Reader("ja", "Asia/Tokyo", user.email)


def test_the_profile_of_the_subscription_decides_and_then_the_default(alice, bob, carol):
    DeliveryProfile.objects.create(user=alice, interval=1440, hour=6)
    weekly = DeliveryProfile.objects.create(user=alice, interval=10080, weekday=4)
    DeliveryProfile.objects.create(user=bob, interval=-1)
    own, plain = subscribe(alice, "a", profile=weekly).pk, subscribe(alice, "b").pk

    found = rhythms_of([(alice.pk, own), (alice.pk, plain), (alice.pk, None), (bob.pk, None)])

    intervals = [found[alice.pk, own].interval, found[alice.pk, plain].interval]
    assert intervals == [10080, 1440]
    assert (found[alice.pk, own].weekday, found[alice.pk, own].hour) == (4, 6)
    assert found[alice.pk, None].interval == 1440
    assert found[bob.pk, None].interval == -1
    nobody = rhythms_of([(carol.pk, None), (None, None)])
    assert set(nobody.values()) == {Rhythm(0, hour=8, time_zone="Europe/Copenhagen")}


def test_quiet_hours_and_the_time_zone_of_the_default_hold_for_all(alice):
    DeliveryProfile.objects.create(
        user=alice, time_zone="Asia/Kolkata", quiet_from=time(22), quiet_until=time(7)
    )
    daily = DeliveryProfile.objects.create(user=alice, interval=1440)
    own = subscribe(alice, "a", profile=daily).pk

    rhythm = rhythms_of([(alice.pk, own)])[alice.pk, own]

    assert rhythm.time_zone == "Asia/Kolkata"
    assert (rhythm.quiet_from, rhythm.quiet_until) == (time(22), time(7))


def test_a_policy_decides_by_subscription_without_a_statement_for_each(users, settings):
    settings.REALTIME_NOTIFY = {"FREQUENCY": f"{__name__}.hourly_for_alarms"}
    counted = []
    for count in (2, 20):
        people = users(count)
        for user in people[::2]:
            DeliveryProfile.objects.create(user=user, interval=1440)
        pairs = [(user.pk, subscribe(user, "alarm/fire").pk) for user in people]
        pairs += [(user.pk, subscribe(user, "news").pk) for user in people]
        with CaptureQueriesContext(connection) as queries:
            found = rhythms_of(pairs)
        counted.append(len(queries))
        expected = [60] * count + [1440, 0] * (count // 2)
        assert [found[pair].interval for pair in pairs] == expected
    assert counted[0] == counted[1]


def test_an_address_follows_the_policy_too(settings):
    settings.REALTIME_NOTIFY = {"FREQUENCY": f"{__name__}.hourly_for_alarms"}
    own = subscribe("ann@example.com", "alarm/fire").pk
    assert rhythms_of([(None, own)])[None, own].interval == 60


def test_a_projects_own_reader_knows_the_time_zone(alice, settings):
    settings.REALTIME_NOTIFY = {"READER": f"{__name__}.in_tokyo"}
    assert rhythms_of([(alice.pk, None)])[alice.pk, None].time_zone == "Asia/Tokyo"
