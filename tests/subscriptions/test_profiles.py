"""Delivery profiles: how often somebody wants to be reached, and one default a person."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from realtime_notify import inbox, notify, subscribe
from realtime_notify.exceptions import InvalidProfile, InvalidRequest
from realtime_notify.forms import DeliveryProfileForm
from realtime_notify.models import DeliveryProfile, Notification, Subscription
from realtime_notify.models.profiles import label_of
from realtime_notify.subscriptions.profiles import choose_interval, default_interval, interval_of

PAGE = "/notifications/preferences/"
API = "/notifications/api/preferences/"

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def make(user: Any, interval: int = 0, is_default: bool = False) -> DeliveryProfile:
    return DeliveryProfile.objects.create(user=user, interval=interval, is_default=is_default)


def defaults(user: Any) -> list[DeliveryProfile]:
    return list(DeliveryProfile.objects.filter(user=user, is_default=True))


# --- one default a person -------------------------------------------------------------------------


def test_somebody_may_have_several_profiles(alice: Any) -> None:
    make(alice)
    daily = make(alice, 1440)

    assert alice.notify_profiles.count() == 2
    assert (str(daily), daily.label) == ("daily", "daily")
    assert daily.created <= daily.modified


def test_the_first_profile_is_the_default_whatever_it_says(alice: Any) -> None:
    assert make(alice).is_default
    assert not make(alice, 1440).is_default


def test_a_new_default_takes_the_place_of_the_old_one(alice: Any, bob: Any) -> None:
    make(alice)
    his = make(bob)

    new = make(alice, 1440, is_default=True)

    assert defaults(alice) == [new]
    assert defaults(bob) == [his]


def test_a_default_that_is_one_no_longer_leaves_it_to_another(alice: Any) -> None:
    first, second, _third = make(alice), make(alice, 1440), make(alice, 10080)

    first.is_default = False
    first.save()

    assert defaults(alice) == [second]


def test_the_only_profile_cannot_cease_to_be_the_default(alice: Any) -> None:
    only = make(alice)
    only.is_default = False

    with pytest.raises(ValidationError, match="only profile"):
        only.full_clean()
    with pytest.raises(InvalidProfile, match="only profile"):
        only.save()
    assert defaults(alice) == [only]


def test_a_blank_profile_can_be_validated(alice: Any) -> None:
    DeliveryProfile().clean()
    DeliveryProfile(user=alice).full_clean()
    with pytest.raises(ValidationError):
        DeliveryProfile(user=alice, interval=-2).full_clean()


@pytest.mark.parametrize("by_queryset", [False, True])
def test_another_becomes_the_default_when_the_default_is_deleted(
    alice: Any, bob: Any, by_queryset: bool
) -> None:
    first, second, third = make(alice), make(alice, 1440), make(alice, 10080)
    his = make(bob)

    if by_queryset:
        DeliveryProfile.objects.filter(pk=first.pk).delete()
    else:
        first.delete()

    assert defaults(alice) == [second]
    DeliveryProfile.objects.filter(user=alice).delete()
    assert list(DeliveryProfile.objects.all()) == [his]
    assert third.pk is not None


def test_a_default_that_was_lost_behind_our_back_is_found_again(alice: Any) -> None:
    first, second, third = make(alice), make(alice, 1440), make(alice, 10080)
    DeliveryProfile.objects.update(is_default=False)

    third.save()

    assert defaults(alice) == [first]
    DeliveryProfile.objects.update(is_default=False)
    assert DeliveryProfile.objects.default_of(alice) == first
    second.refresh_from_db()
    assert not second.is_default


def test_saving_the_interval_alone_leaves_the_default_alone(alice: Any) -> None:
    stale, new = make(alice), make(alice, 1440)
    new.is_default = True
    new.save()

    stale.interval = 10080
    stale.save(update_fields=["interval"])

    assert defaults(alice) == [new]
    assert DeliveryProfile.objects.get(pk=stale.pk).interval == 10080


def test_a_profile_does_not_change_hands(alice: Any, bob: Any) -> None:
    hers = make(alice)
    hers.user = bob

    with pytest.raises(InvalidProfile, match="belongs to another user"):
        hers.save()


def test_a_user_goes_with_their_profiles(alice: Any) -> None:
    subscribe(alice, "a", profile=make(alice))
    make(alice, 1440)

    alice.delete()

    assert not DeliveryProfile.objects.exists()


def test_the_default_is_made_once_and_found_after(alice: Any) -> None:
    made = DeliveryProfile.objects.default_of(alice)

    assert (made.interval, made.is_default) == (0, True)
    assert DeliveryProfile.objects.default_of(alice.pk) == made
    assert DeliveryProfile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_for_the_default_at_once_get_the_same(alice: Any) -> None:
    def ask(_number: int) -> int:
        try:
            return DeliveryProfile.objects.default_of(alice).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(ask, range(12)))

    assert len(found) == 1
    assert DeliveryProfile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_defaults_made_at_once_leave_one(alice: Any) -> None:
    def add(number: int) -> None:
        try:
            make(alice, number, is_default=True)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(12)))

    assert len(defaults(alice)) == 1
    assert DeliveryProfile.objects.count() == 12


# --- subscriptions --------------------------------------------------------------------------------


def test_a_subscription_has_a_profile_of_its_subscriber(alice: Any) -> None:
    daily = make(alice, 1440)

    assert subscribe(alice, "a").profile is None
    assert subscribe(alice, "a", profile=daily).profile == daily
    again = subscribe(alice, "a")
    assert Subscription.objects.get(pk=again.pk).profile == daily


def test_a_profile_of_somebody_else_is_refused_and_writes_nothing(alice: Any, bob: Any) -> None:
    his = make(bob)
    cooks = Group.objects.create(name="cooks")

    for subscriber in (alice, cooks, "reader@example.com"):
        with pytest.raises(InvalidProfile):
            subscribe(subscriber, "a", profile=his)
    for nonsense in (DeliveryProfile(user=alice), 1440):
        with pytest.raises(InvalidProfile, match="not a saved delivery profile"):
            subscribe(alice, "a", profile=nonsense)  # type: ignore[arg-type]
    assert not Subscription.objects.exists()


def test_deleting_a_profile_leaves_its_subscriptions_with_the_default(alice: Any) -> None:
    make(alice, 1440)
    weekly = make(alice, 10080)
    one = subscribe(alice, "a", profile=weekly)

    weekly.delete()

    one.refresh_from_db()
    assert one.profile is None
    assert interval_of(one) == 1440


def test_two_profiles_of_one_person_make_one_notification(
    alice: Any, deliver_notifications: Any
) -> None:
    subscribe(alice, "a", profile=make(alice))
    subscribe(alice, "a", filters={"room": "attic"}, profile=make(alice, 1440))

    notify("Hello", "a", filters={"room": "attic"})
    deliver_notifications()

    assert Notification.objects.count() == 1
    assert inbox.unread_count(alice) == 1


# --- how often ------------------------------------------------------------------------------------


def test_the_profile_of_the_subscription_counts_then_the_default_then_at_once(
    alice: Any,
) -> None:
    one = subscribe(alice, "a")
    assert interval_of(one) == 0
    assert not DeliveryProfile.objects.exists()  # asking writes nothing

    make(alice, 10080)
    assert interval_of(one) == 10080

    one = subscribe(alice, "a", profile=make(alice, -1))
    assert interval_of(one) == -1


def test_groups_and_addresses_are_told_at_once() -> None:
    assert interval_of(subscribe(Group.objects.create(name="cooks"), "a")) == 0
    assert interval_of(subscribe("reader@example.com", "a")) == 0


def weekly_on_sundays(subscription: Subscription) -> int:
    return 7 if subscription.type_id == "a" else 0


def test_a_policy_of_the_project_says_how_often(alice: Any, settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"FREQUENCY": f"{__name__}.weekly_on_sundays"}

    assert [interval_of(subscribe(alice, key)) for key in ("a", "b")] == [7, 0]


def test_intervals_are_told_in_words() -> None:
    words = [label_of(one) for one in (-1, 0, 60, 1440, 10080, 43200, 2880, 180, 15, 1)]

    assert words == [
        "never",
        "at once",
        "hourly",
        "daily",
        "weekly",
        "monthly",
        "every 2 days",
        "every 3 hours",
        "every 15 minutes",
        "every minute",
    ]


# --- choosing -------------------------------------------------------------------------------------


def test_the_form_offers_the_intervals_of_the_setting(alice: Any, settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"INTERVALS": [0, 180]}
    new = DeliveryProfile(user=alice)

    form = DeliveryProfileForm({"interval": "180", "is_default": ""}, instance=new)

    assert list(form.fields) == ["interval", "is_default"]
    field: Any = form.fields["interval"]
    assert field.choices == [(0, "at once"), (180, "every 3 hours")]
    saved = form.save()
    assert (saved.interval, saved.is_default) == (180, True)
    assert not DeliveryProfileForm({"interval": "1440"}, instance=saved).is_valid()


def test_the_form_keeps_an_interval_that_is_offered_no_more(alice: Any) -> None:
    mine = make(alice, 23)

    form = DeliveryProfileForm({"interval": "23", "is_default": "on"}, instance=mine)

    assert form.is_valid()


def test_the_form_says_that_the_only_profile_stays_the_default(alice: Any) -> None:
    form = DeliveryProfileForm({"interval": "1440"}, instance=make(alice))

    assert not form.is_valid()
    assert "only profile" in str(form.errors)


def test_choosing_an_interval_is_of_the_default(alice: Any) -> None:
    choose_interval(alice, 1440)
    choose_interval(alice, 10080)

    assert default_interval(alice) == 10080
    assert DeliveryProfile.objects.count() == 1
    with pytest.raises(InvalidRequest, match="no interval of 7 minutes"):
        choose_interval(alice, 7)


def test_the_interval_is_chosen_over_http(alice: Any, client: Client) -> None:
    client.force_login(alice)

    def post(**body: Any) -> Any:
        return client.post(API, json.dumps(body), "application/json")

    assert client.get(API).json()["interval"] == 0
    answer = post(interval=1440).json()
    assert answer["interval"] == 1440
    assert {"minutes": 1440, "label": "daily"} in answer["intervals"]
    assert post(interval=-1, opted_out=["email"]).json()["opted_out"] == ["email"]
    assert default_interval(alice) == -1
    for nonsense in (7, "1440", True, None, 10**30):
        assert post(interval=nonsense).status_code == 400
    assert post(interval=0, key="no/such", opted_out=[]).status_code == 403
    assert default_interval(alice) == -1


def test_the_interval_is_chosen_on_the_page(alice: Any, client: Client) -> None:
    client.force_login(alice)
    assert '<option value="0" selected>at once</option>' in client.get(PAGE).content.decode()

    client.post(PAGE, {"interval": "1440"})

    assert '<option value="1440" selected>daily</option>' in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"interval": "7"}).status_code == 400


def test_saving_the_page_unchanged_makes_no_profile(alice: Any, client: Client) -> None:
    client.force_login(alice)

    client.post(PAGE, {"interval": "0"})

    assert not DeliveryProfile.objects.exists()
