"""Delivery profiles: one default per user, whatever is saved or deleted."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from realtime_notify import subscribe
from realtime_notify.exceptions import InvalidProfile
from realtime_notify.models import DeliveryProfile
from realtime_notify.models.profiles import label_of
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def make(user: Any, interval: int = 0, is_default: bool = False) -> DeliveryProfile:
    return DeliveryProfile.objects.create(user=user, interval=interval, is_default=is_default)


def defaults(user: Any) -> list[DeliveryProfile]:
    return list(DeliveryProfile.objects.filter(user=user, is_default=True))


# --- one default a person -------------------------------------------------------------------------


def test_a_user_may_have_several_profiles(alice: Any) -> None:
    make(alice)
    daily = make(alice, 1440)

    assert alice.notify_profiles.count() == 2
    assert (str(daily), daily.label) == ("daily", "daily")
    assert daily.created <= daily.modified


def test_the_first_profile_becomes_the_default(alice: Any) -> None:
    assert make(alice).is_default
    assert not make(alice, 1440).is_default


def test_a_new_default_replaces_the_old_one(alice: Any, bob: Any) -> None:
    make(alice)
    his = make(bob)

    new = make(alice, 1440, is_default=True)

    assert defaults(alice) == [new]
    assert defaults(bob) == [his]


def test_another_profile_becomes_the_default_when_the_default_gives_it_up(alice: Any) -> None:
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


def test_a_missing_default_is_repaired_when_it_is_asked_for(alice: Any) -> None:
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


def test_a_profile_cannot_be_given_to_another_user(alice: Any, bob: Any) -> None:
    hers = make(alice)
    hers.user = bob

    with pytest.raises(InvalidProfile, match="belongs to another user"):
        hers.save()


def test_deleting_a_user_deletes_their_profiles(alice: Any) -> None:
    subscribe(alice, "a", profile=make(alice))
    make(alice, 1440)

    alice.delete()

    assert not DeliveryProfile.objects.exists()


def test_the_default_profile_is_created_once(alice: Any) -> None:
    made = DeliveryProfile.objects.default_of(alice)

    assert (made.interval, made.is_default) == (0, True)
    assert DeliveryProfile.objects.default_of(alice.pk) == made
    assert DeliveryProfile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_requests_for_the_default_get_the_same(alice: Any) -> None:
    found = at_once(lambda _thread: DeliveryProfile.objects.default_of(alice), threads=12)

    assert len(set(found)) == 1
    assert DeliveryProfile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_concurrently_saved_defaults_leave_one_default(alice: Any) -> None:
    at_once(lambda number: make(alice, number, is_default=True), threads=12)

    assert len(defaults(alice)) == 1
    assert DeliveryProfile.objects.count() == 12


def test_intervals_have_names() -> None:
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
