"""The links in messages, which act without signing in."""

from __future__ import annotations

import re
from html import unescape
from time import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from realtime_notify import subscribe
from realtime_notify.models import NotificationType, OptOut, Subscription
from realtime_notify.subscriptions import is_opted_out, unsubscribe_url
from tests.blog.models import Post


@pytest.fixture
def stranger(db: None) -> Client:
    """A browser that nobody has signed in, and that sends no token."""
    return Client(enforce_csrf_checks=True)


def link(subscription: Subscription) -> str:
    return f"/notifications/unsubscribe/{subscription.secret}/"


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


def test_a_subscription_that_has_ended_is_no_error(stranger: Client, alice: Any) -> None:
    one = subscribe(alice, "blog/new")
    stranger.post(link(one))

    for answer in (stranger.get(link(one)), stranger.post(link(one))):
        assert answer.status_code == 200
        assert "unsubscribed already" in answer.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_wrong_or_empty_secret_never_matches(stranger: Client, alice: Any, method: str) -> None:
    one = subscribe(alice, "blog/new")
    Subscription.objects.filter(pk=one.pk).update(secret="")
    other = subscribe(alice, "blog/other")
    wrong = [
        "/notifications/unsubscribe//",
        "/notifications/unsubscribe/",
        "/notifications/unsubscribe/%20/",
        "/notifications/unsubscribe/%00/",
        "/notifications/unsubscribe/None/",
        "/notifications/unsubscribe/null/",
        f"/notifications/unsubscribe/{other.secret[:-1]}/",
        f"/notifications/unsubscribe/{other.secret}x/",
        f"/notifications/unsubscribe/{'x' * 5000}/",
    ]

    for address in wrong:
        assert getattr(stranger, method)(address).status_code == 404, address
    assert Subscription.objects.count() == 2


def test_a_secret_is_compared_with_case(stranger: Client, alice: Any) -> None:
    one = subscribe(alice, "blog/new")

    answer = stranger.post(f"/notifications/unsubscribe/{one.secret.swapcase()}/")

    assert "unsubscribed already" in answer.content.decode()
    assert Subscription.objects.exists()


def test_the_link_of_a_group_subscription_is_not_found(stranger: Client) -> None:
    one = subscribe(Group.objects.create(name="cooks"), "blog/new")

    assert stranger.post(link(one)).status_code == 404
    assert Subscription.objects.exists()


def test_the_secret_of_a_link_is_not_sent_as_referrer(stranger: Client, alice: Any) -> None:
    answer = stranger.get(link(subscribe(alice, "blog/new")))

    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]


def undo_text(answer: Any) -> str:
    found = re.search('name="undo" value="([^"]+)"', answer.content.decode())
    assert found
    return unescape(found[1])


def test_what_was_ended_is_taken_back_on_the_page(stranger: Client, alice: Any, news: Any) -> None:
    one = subscribe("reader@example.com", "blog/new", filters={"language": "da"}, media=["email"])
    kept = ["pk", "email", "type", "identity", "secret", "active", "after_event", "media__name"]
    before = Subscription.objects.values(*kept, "filters__name", "filters__value").get()
    ended = stranger.post(link(one))

    answer = stranger.post(link(one), {"undo": undo_text(ended)})

    assert "Subscribed again" in answer.content.decode()
    after = Subscription.objects.values(*kept, "filters__name", "filters__value").get()
    assert after == before
    assert after["media__name"] == "email"
    assert after["filters__value"] == "da"


def test_nothing_is_taken_back_twice(stranger: Client, alice: Any) -> None:
    one = subscribe(alice, "blog/new")
    text = undo_text(stranger.post(link(one)))
    stranger.post(link(one), {"undo": text})

    again = stranger.post(link(one), {"undo": text})

    assert "cannot be undone" in again.content.decode()
    assert Subscription.objects.count() == 1


def test_nothing_is_taken_back_after_an_hour(
    stranger: Client, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = subscribe(alice, "blog/new")
    text = undo_text(stranger.post(link(one)))
    monkeypatch.setattr("django.core.signing.time", SimpleNamespace(time=lambda: time() + 3601))

    answer = stranger.post(link(one), {"undo": text})

    assert "cannot be undone" in answer.content.decode()
    assert not Subscription.objects.exists()


def test_an_address_ends_everything_that_it_subscribes_to(stranger: Client) -> None:
    one, _ = (subscribe("reader@example.com", key) for key in ("blog/new", "blog/other"))
    other = subscribe("other@example.com", "blog/new")
    assert "from everything" in stranger.get(link(one)).content.decode()

    answer = stranger.post(link(one), {"scope": "everything"})

    assert list(Subscription.objects.all()) == [other]
    stranger.post(link(one), {"undo": undo_text(answer)})
    assert Subscription.objects.count() == 3


def test_a_user_without_a_subscription_is_opted_out_of_the_type_by_e_mail(
    stranger: Client, alice: Any, news: Any
) -> None:
    url = unsubscribe_url(alice, "blog/new")

    shown = stranger.get(url)
    assert re.search("News.*E-mail", shown.content.decode(), re.DOTALL)
    assert not OptOut.objects.exists()
    answer = stranger.post(url, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert is_opted_out(alice, "blog/new", medium="email")
    assert OptOut.objects.count() == 1
    stranger.post(url, {"undo": undo_text(answer)})
    assert not OptOut.objects.exists()


def test_a_user_is_opted_out_of_everything_by_e_mail(
    stranger: Client, alice: Any, news: Any
) -> None:
    stranger.post(unsubscribe_url(alice, "blog/new"), {"scope": "everything"})

    assert is_opted_out(alice, medium="email")
    for url in (unsubscribe_url(alice), unsubscribe_url(alice, "blog/new")):
        assert "unsubscribed already" in stranger.get(url).content.decode()


def test_what_nobody_may_switch_off_says_so(stranger: Client, alice: Any, news: Any) -> None:
    url = unsubscribe_url(alice, "blog/new")
    NotificationType.objects.update(required=True)

    for answer in (stranger.get(url), stranger.post(url)):
        assert answer.status_code == 200
        assert "You cannot unsubscribe from this" in answer.content.decode()
    assert not OptOut.objects.exists()


def test_a_link_for_a_user_serves_nobody_and_nothing_else(
    stranger: Client, alice: Any, bob: Any, news: Any
) -> None:
    url = unsubscribe_url(alice, "blog/new")
    body, _, signature = url.strip("/").rpartition("/")[2].partition(".")
    theirs = unsubscribe_url(bob, "blog/new").strip("/").rpartition("/")[2].partition(".")[0]

    for token in (f"{theirs}.{signature}", f"{body}.{signature[:-1]}", f"{body}."):
        assert stranger.post(f"/notifications/unsubscribe/{token}/").status_code == 404
    assert not OptOut.objects.exists()


@pytest.fixture
def news(db: None) -> NotificationType:
    return NotificationType.objects.create(key="blog/new", label="News", self_service=True)
