"""Delivery profiles of subscriptions: how often each reaches its subscriber."""

from __future__ import annotations

import json
import re
from datetime import time
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from realtime_notify import inbox, notify, subscribe
from realtime_notify.exceptions import InvalidProfile, InvalidRequest
from realtime_notify.models import DeliveryProfile, Notification, Subscription
from realtime_notify.subscriptions.profiles import choose, chosen_by, default_interval, interval_of

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


API = "/notifications/api/preferences/"


def test_a_subscription_has_a_profile_of_its_subscriber(alice: Any) -> None:
    daily = DeliveryProfile.objects.create(user=alice, interval=1440)

    assert subscribe(alice, "a").profile is None
    assert subscribe(alice, "a", profile=daily).profile == daily
    again = subscribe(alice, "a")
    assert Subscription.objects.get(pk=again.pk).profile == daily


def test_a_profile_of_somebody_else_is_refused_and_writes_nothing(alice: Any, bob: Any) -> None:
    his = DeliveryProfile.objects.create(user=bob, interval=0)
    cooks = Group.objects.create(name="cooks")

    for subscriber in (alice, cooks, "reader@example.com"):
        with pytest.raises(InvalidProfile):
            subscribe(subscriber, "a", profile=his)
    for nonsense in (DeliveryProfile(user=alice), 1440):
        with pytest.raises(InvalidProfile, match="not a saved delivery profile"):
            subscribe(alice, "a", profile=nonsense)  # type: ignore[arg-type]
    assert not Subscription.objects.exists()


def test_deleting_a_profile_leaves_its_subscriptions_with_the_default(alice: Any) -> None:
    DeliveryProfile.objects.create(user=alice, interval=1440)
    weekly = DeliveryProfile.objects.create(user=alice, interval=10080)
    one = subscribe(alice, "a", profile=weekly)

    weekly.delete()

    one.refresh_from_db()
    assert one.profile is None
    assert interval_of(one) == 1440


def test_two_profiles_of_one_person_make_one_notification(
    alice: Any, deliver_notifications: Any
) -> None:
    subscribe(alice, "a", profile=DeliveryProfile.objects.create(user=alice, interval=0))
    subscribe(
        alice,
        "a",
        filters={"room": "attic"},
        profile=DeliveryProfile.objects.create(user=alice, interval=1440),
    )

    notify("Hello", "a", filters={"room": "attic"})
    deliver_notifications()

    assert Notification.objects.count() == 1
    assert inbox.unread_count(alice) == 1


# --- how often ------------------------------------------------------------------------------------


def test_the_interval_comes_from_the_subscription_then_the_default_profile(
    alice: Any,
) -> None:
    one = subscribe(alice, "a")
    assert interval_of(one) == 0
    assert not DeliveryProfile.objects.exists()  # asking writes nothing

    DeliveryProfile.objects.create(user=alice, interval=10080)
    assert interval_of(one) == 10080

    one = subscribe(alice, "a", profile=DeliveryProfile.objects.create(user=alice, interval=-1))
    assert interval_of(one) == -1


def test_groups_and_email_addresses_are_notified_at_once() -> None:
    assert interval_of(subscribe(Group.objects.create(name="cooks"), "a")) == 0
    assert interval_of(subscribe("reader@example.com", "a")) == 0


def weekly_on_sundays(subscription: Subscription) -> int:
    return 7 if subscription.type_id == "a" else 0


def test_the_frequency_setting_overrides_profiles(alice: Any, settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"FREQUENCY": f"{__name__}.weekly_on_sundays"}

    assert [interval_of(subscribe(alice, key)) for key in ("a", "b")] == [7, 0]


def test_choosing_an_interval_changes_the_default_profile(alice: Any) -> None:
    choose(alice, interval=1440)
    choose(alice, interval=10080)

    assert default_interval(alice) == 10080
    assert DeliveryProfile.objects.count() == 1
    with pytest.raises(InvalidRequest, match="no interval of 7 minutes"):
        choose(alice, interval=7)


def test_the_interval_is_chosen_over_http(alice: Any, client: Client) -> None:
    client.force_login(alice)

    def post(**body: Any) -> Any:
        return client.post(API, json.dumps(body), "application/json")

    assert client.get(API).json()["interval"] == 0
    answer = post(interval=1440).json()
    assert answer["interval"] == 1440
    assert {"minutes": 1440, "label": "daily"} in answer["intervals"]
    assert post(interval=-1, opted_out=["inbox"]).json()["opted_out"] == ["inbox"]
    assert default_interval(alice) == -1
    for nonsense in (7, "1440", True, None, 10**30):
        assert post(interval=nonsense).status_code == 400
    assert post(interval=0, key="no/such", opted_out=[]).status_code == 403
    assert default_interval(alice) == -1


def test_choosing_hours_days_zones_and_languages(alice: Any) -> None:
    interval, before = chosen_by(alice)
    assert interval == 0
    assert before == {
        "hour": None,
        "weekday": 0,
        "time_zone": "",
        "language": "",
        "quiet_from": "",
        "quiet_until": "",
    }
    choose(alice, **before)
    assert not DeliveryProfile.objects.exists()

    choose(alice, hour=7, weekday=6, time_zone="Asia/Kolkata", language="de")
    choose(alice, quiet_from="22:00", quiet_until="06:30")

    profile = DeliveryProfile.objects.get()
    assert (profile.hour, profile.weekday, profile.time_zone) == (7, 6, "Asia/Kolkata")
    assert (profile.quiet_from, profile.quiet_until) == (time(22), time(6, 30))
    choose(alice, hour="", quiet_from="", quiet_until="")
    profile.refresh_from_db()
    assert (profile.hour, profile.quiet_from, profile.language) == (None, None, "de")


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"hour": 24}, "hour: "),
        ({"hour": "eight"}, "hour: "),
        ({"weekday": 7}, "weekday: "),
        ({"time_zone": "Berlin"}, "time_zone: There is no time zone Berlin"),
        ({"language": "xx"}, "language: There is no language xx"),
        ({"quiet_from": "22:00"}, "quiet_from: Quiet hours need both"),
        ({"quiet_until": "soon", "quiet_from": "22:00"}, "quiet_until: "),
        ({"colour": "red"}, "There is no 'colour' to choose; there are: hour, interval"),
    ],
)
def test_what_cannot_be_chosen_is_said_and_writes_nothing(
    alice: Any, chosen: Any, sentence: str
) -> None:
    with pytest.raises(InvalidRequest, match=f"^{re.escape(sentence)}"):
        choose(alice, **chosen)
    assert not DeliveryProfile.objects.exists()


def test_the_rest_of_a_profile_is_chosen_over_http(alice: Any, client: Client) -> None:
    client.force_login(alice)

    def post(**body: Any) -> Any:
        return client.post(API, json.dumps(body), "application/json")

    answer = post(profile={"hour": 6, "quiet_from": "22:00", "quiet_until": "06:00"}).json()
    assert answer["profile"]["hour"] == 6
    assert answer["profile"]["quiet_from"] == "22:00"
    answer = post(interval=1440, profile={"hour": None, "time_zone": "Europe/Berlin"}).json()
    assert (answer["interval"], answer["profile"]["hour"]) == (1440, None)
    assert answer["profile"]["time_zone"] == "Europe/Berlin"
    nonsense: Any
    for nonsense in (
        7,
        [],
        {"hour": 24},
        {"hour": {}},
        {"time_zone": 1},
        {"time_zone": None},
        {"interval": 0},
        {"user": 1},
    ):
        assert post(profile=nonsense).status_code == 400
    assert client.get(API).json()["profile"] == answer["profile"]
