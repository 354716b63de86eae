"""docs/how-to/preferences.md, run."""

from __future__ import annotations

from typing import Any

from realtime_notify import subscribe
from realtime_notify.models import DeliveryProfile, OptOut
from tests.docs.conftest import Example


def test_opting_out_and_in_again(example: Example, post: Any) -> None:
    example("opt-out")

    rows = [(one.type_id, one.medium_id, one.target) for one in OptOut.objects.order_by("pk")]
    assert rows == [("comment/new", "email", None), ("comment/new", None, post)]


def test_delivery_profiles_say_how_often(example: Example) -> None:
    names = example("profiles")

    assert (names.at_once, names.in_a_digest) == (0, 1440)
    assert DeliveryProfile.objects.get(is_default=True) == names.daily


def test_a_project_may_decide_how_often(example: Example, alice: Any) -> None:
    DeliveryProfile.objects.create(user=alice, interval=1440)

    how_often = example("frequency").how_often

    alarm, news = subscribe(alice, "alarm/fire"), subscribe(alice, "blog/new")
    assert (how_often(alarm), how_often(news)) == (0, 1440)
