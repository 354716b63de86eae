"""The form of a delivery profile."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_notify.forms import DeliveryProfileForm
from realtime_notify.models import DeliveryProfile

pytestmark = pytest.mark.django_db


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


def test_the_form_keeps_an_interval_that_is_no_longer_offered(alice: Any) -> None:
    mine = DeliveryProfile.objects.create(user=alice, interval=23)

    form = DeliveryProfileForm({"interval": "23", "is_default": "on"}, instance=mine)

    assert form.is_valid()


def test_the_form_says_that_the_only_profile_stays_the_default(alice: Any) -> None:
    form = DeliveryProfileForm(
        {"interval": "1440"}, instance=DeliveryProfile.objects.create(user=alice)
    )

    assert not form.is_valid()
    assert "only profile" in str(form.errors)
