"""docs/how-to/people-without-account.md, run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.mail import EmailMessage

from realtime_notify import is_subscribed, subscribe
from realtime_notify.models import NotificationType
from tests.docs.conftest import Example


@pytest.fixture(autouse=True)
def base_url(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"BASE_URL": "https://example.com"}


def test_a_policy_says_what_is_open_to_strangers(example: Example) -> None:
    news, comments = NotificationType(key="news"), NotificationType(key="comment/new")
    draft = SimpleNamespace(is_published=False)

    may_subscribe = example("by-address").may_subscribe

    assert may_subscribe("", news, None)
    assert not may_subscribe("", comments, None)
    assert not may_subscribe("ann@example.com", comments, draft)


def test_a_subscription_is_asked_for(example: Example, mailoutbox: list[EmailMessage]) -> None:
    example("request-subscription")

    assert [mail.to for mail in mailoutbox] == [["ann@example.com"]]
    assert not is_subscribed("ann@example.com", "comment/new")


def test_an_address_that_is_confirmed_brings_its_subscriptions(
    example: Example, alice: Any
) -> None:
    subscribe("ann@example.com", "comment/new")

    claim_subscriptions = example("claim").claim_subscriptions
    confirmed = SimpleNamespace(user=alice, email="Ann@example.com")
    claim_subscriptions(request=None, email_address=confirmed)

    assert is_subscribed(alice, "comment/new")


def test_messages_of_ones_own_have_the_links_too(example: Example) -> None:
    names = example("unsubscribe-url")

    start = "https://example.com/notifications/unsubscribe/"
    assert names.of_a_subscription == f"{start}{names.mine.secret}/"
    assert names.of_a_user.startswith(start)
