"""Claiming the subscriptions of an address."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from realtime_notify import is_subscribed, subscribe
from realtime_notify.models import Subscription
from realtime_notify.subscriptions import claim

pytestmark = pytest.mark.django_db


def test_another_address_of_a_user_is_claimed_by_name_whatever_its_case(alice: Any) -> None:
    subscribe("Private@Example.com", "blog/new")

    assert claim(alice) == 0
    assert claim(alice, "PRIVATE@example.com") == 1
    assert is_subscribed(alice, "blog/new")
    assert not is_subscribed("private@example.com", "blog/new")


def test_signing_up_with_an_address_claims_nothing_by_itself() -> None:
    subscribe("reader@example.com", "blog/new")

    get_user_model().objects.create(username="mallory", email="reader@example.com")

    assert Subscription.objects.get().email == "reader@example.com"


def test_what_the_user_subscribes_to_already_ends_for_the_address(alice: Any) -> None:
    own = subscribe(alice, "blog/new", filters={"language": "da"})
    subscribe("ann@example.com", "blog/new", filters={"language": "da"})
    other = subscribe("ann@example.com", "blog/new", filters={"language": "de"})

    assert claim(alice, "ann@example.com") == 1

    assert set(Subscription.objects.values_list("pk", "user", "email")) == {
        (own.pk, alice.pk, ""),
        (other.pk, alice.pk, ""),
    }
