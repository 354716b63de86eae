"""docs/how-to/subscribe.md, run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from realtime_notify import is_subscribed
from realtime_notify.audience.groups import members_of
from realtime_notify.models import NotificationType
from tests.blog.models import Company
from tests.docs.conftest import Example, messages


def test_unsubscribing_ends_what_it_names(example: Example, alice: Any) -> None:
    names = example("subscribe")

    assert names.still
    assert not is_subscribed(alice, "comment/new")


def test_groups_filters_and_followers_say_who_is_reached(
    example: Example, alice: Any, bob: Any, carol: Any
) -> None:
    example("groups")

    assert messages(alice) == messages(bob) == ["A new post in Danish"]
    assert messages(carol) == ["A new post in English"]


def test_any_model_becomes_a_group(example: Example, alice: Any) -> None:
    example("groups-registered", Company=Company)

    acme = Company.objects.create(name="Acme")
    acme.employment_set.create(user=alice, title="boss")
    assert list(members_of(acme, "boss")) == [alice]


def test_a_policy_says_who_may_subscribe(example: Example, alice: Any, bob: Any) -> None:
    comments = NotificationType(key="comment/new")
    draft = SimpleNamespace(is_published=False, author=alice)

    may_subscribe = example("policy").may_subscribe

    assert may_subscribe(alice, comments, draft)
    assert not may_subscribe(bob, comments, draft)
    assert not may_subscribe(alice, comments, None)
