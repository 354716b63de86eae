"""The links in messages, which act without signing in."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from realtime_notify import subscribe
from realtime_notify.models import NotificationType, Subscription
from tests.blog.models import Post


@pytest.fixture
def stranger(db: None) -> Client:
    """A browser that nobody has signed in, and that sends no token."""
    return Client(enforce_csrf_checks=True)


def link(subscription: Subscription, verb: str = "unsubscribe") -> str:
    return f"/notifications/{verb}/{subscription.secret}/"


def test_opening_the_unsubscribe_link_shows_the_subscription_and_keeps_it(
    stranger: Client, alice: Any, news: Any
) -> None:
    menu = Post.objects.create(title="Spring <menu>")
    one = subscribe(alice, "blog/new", menu)

    answer = stranger.get(link(one))
    stranger.head(link(one))

    html = answer.content.decode()
    assert answer.status_code == 200
    assert "News" in html
    assert "Spring &lt;menu&gt;" in html
    assert Subscription.objects.filter(pk=one.pk).exists()


def test_posting_to_the_link_ends_that_subscription_alone(
    stranger: Client, alice: Any, news: Any
) -> None:
    one, other = subscribe(alice, "blog/new"), subscribe(alice, "blog/other")

    answer = stranger.post(link(one))

    assert answer.status_code == 200
    assert "Unsubscribed" in answer.content.decode()
    assert list(Subscription.objects.all()) == [other]


def test_one_click_unsubscribing_needs_neither_cookie_nor_csrf_token(stranger: Client) -> None:
    one = subscribe("reader@example.com", "blog/new")

    answer = stranger.post(link(one), {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert not Subscription.objects.exists()


def test_a_link_works_once(stranger: Client, alice: Any) -> None:
    one = subscribe(alice, "blog/new")
    stranger.post(link(one))

    for answer in (stranger.get(link(one)), stranger.post(link(one))):
        assert answer.status_code == 404
        assert "does not work" in answer.content.decode()


@pytest.mark.sql
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_wrong_or_empty_secret_never_matches(stranger: Client, alice: Any, method: str) -> None:
    one = subscribe(alice, "blog/new")
    Subscription.objects.filter(pk=one.pk).update(secret="")
    other = subscribe(alice, "blog/other")
    wrong = [
        "/notifications/unsubscribe//",
        "/notifications/unsubscribe/",
        "/notifications/unsubscribe/%20/",
        "/notifications/unsubscribe/None/",
        "/notifications/unsubscribe/null/",
        f"/notifications/unsubscribe/{other.secret[:-1]}/",
        f"/notifications/unsubscribe/{other.secret}x/",
        f"/notifications/unsubscribe/{other.secret.swapcase()}/",
        f"/notifications/unsubscribe/{'x' * 5000}/",
    ]

    for address in wrong:
        assert getattr(stranger, method)(address).status_code == 404, address
    assert Subscription.objects.count() == 2


def test_the_link_of_a_group_subscription_is_not_found(stranger: Client) -> None:
    one = subscribe(Group.objects.create(name="cooks"), "blog/new")

    assert stranger.post(link(one)).status_code == 404
    assert Subscription.objects.exists()


def test_the_secret_of_a_link_is_not_sent_as_referrer(stranger: Client, alice: Any) -> None:
    answer = stranger.get(link(subscribe(alice, "blog/new")))

    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]


def test_an_address_confirms_its_subscription_by_a_button(stranger: Client) -> None:
    one = subscribe("reader@example.com", "blog/new")
    Subscription.objects.update(active=False)

    shown = stranger.get(link(one, "confirm"))
    assert not Subscription.objects.get().active
    done = stranger.post(link(one, "confirm"))
    again = stranger.get(link(one, "confirm"))

    assert "Yes, subscribe" in shown.content.decode()
    assert Subscription.objects.get().active
    for answer in (done, again):
        assert answer.status_code == 200
        assert "Subscribed" in answer.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_subscriptions_of_email_addresses_can_be_confirmed(
    stranger: Client, alice: Any, method: str
) -> None:
    one = subscribe(alice, "blog/new")
    Subscription.objects.update(active=False)

    assert getattr(stranger, method)(link(one, "confirm")).status_code == 404
    assert getattr(stranger, method)("/notifications/confirm/nothing/").status_code == 404
    assert not Subscription.objects.get().active


@pytest.fixture
def news(db: None) -> NotificationType:
    return NotificationType.objects.create(key="blog/new", label="News", self_service=True)
