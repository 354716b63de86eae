"""Subscriptions over HTTP: the list and the commands."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from realtime_notify import is_subscribed, notify, subscribe
from realtime_notify.models import Notification, NotificationType, Subscription
from tests.blog.models import Post
from tests.views.browsing import API, post


@pytest.fixture
def strict(alice: Any) -> Client:
    """Alice's browser, which checks what Django's test client lets pass."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    return client


@pytest.fixture
def news(db: None) -> NotificationType:
    return NotificationType.objects.create(key="blog/new", label="News", self_service=True)


def delete(client: Client, pk: int, **headers: Any) -> Any:
    return client.delete(f"{API}subscriptions/{pk}/", **headers)


# --- the API ------------------------------------------------------------------------------------


def test_the_list_says_what_each_subscription_is_to(
    visitor: Client, alice: Any, bob: Any, news: Any
) -> None:
    menu = Post.objects.create(title="Spring menu")
    view = Permission.objects.get(codename="view_post", content_type__app_label="blog")
    alice.user_permissions.add(view)
    subscribe(bob, "blog/new")
    subscribe(alice, "blog/new")
    one = subscribe(alice, "blog/new", menu, filters={"room": 5}, media=["email"])

    answer = visitor.get(f"{API}subscriptions/").json()

    first, second = answer["subscriptions"]
    assert first.pop("created").endswith("Z")
    assert first == {
        "id": one.pk,
        "key": "blog/new",
        "label": "News",
        "target": {
            "text": "Spring menu",
            "url": f"/posts/{menu.pk}/",
            "type": "blog.post",
            "id": str(menu.pk),
        },
        "filters": {"room": "5"},
        "media": ["email"],
        "only_following": False,
        "active": True,
        "self_service": True,
    }
    assert second["target"] is None
    assert answer["next"] is None


def test_the_list_of_subscriptions_is_paginated(visitor: Client, alice: Any) -> None:
    for number in range(3):
        subscribe(alice, f"blog/{number}")

    first = visitor.get(f"{API}subscriptions/", {"limit": 2}).json()
    second = visitor.get(f"{API}subscriptions/", {"limit": 2, "before": first["next"]}).json()

    keys = [one["key"] for page in (first, second) for one in page["subscriptions"]]
    assert keys == ["blog/2", "blog/1", "blog/0"]


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"before": "x"}])
def test_a_malformed_list_query_is_refused(visitor: Client, query: Any) -> None:
    assert visitor.get(f"{API}subscriptions/", query).status_code == 400


@pytest.mark.parametrize("address", ["subscriptions", "subscribe"])
def test_subscribing_answers_as_the_socket_does(
    visitor: Client, alice: Any, news: Any, address: str
) -> None:
    answer = post(visitor, address, {"key": "blog/new"})

    assert answer.json() == {"rev": 0, "from": 0, "unread": 0, "unseen": 0, "subscribed": True}
    assert is_subscribed(alice, "blog/new")


def test_unsubscribing_one_key_leaves_the_other(visitor: Client, alice: Any, news: Any) -> None:
    NotificationType.objects.create(key="blog/gone", self_service=True)
    for key in ("blog/new", "blog/gone"):
        subscribe(alice, key)

    answer = post(visitor, "unsubscribe", {"key": "blog/gone"})

    assert answer.json()["subscribed"] is False
    assert is_subscribed(alice, "blog/new")
    assert not is_subscribed(alice, "blog/gone")


def test_a_refusal_is_403_and_the_same_for_what_does_not_exist(visitor: Client, news: Any) -> None:
    menu = Post.objects.create(title="Secret")
    answers = [
        post(visitor, "subscribe", {"key": "blog/new", "target": f"blog.post:{menu.pk}"}),
        post(visitor, "subscribe", {"key": "blog/new", "target": "blog.post:999999"}),
        post(visitor, "subscribe", {"key": "no/such"}),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert {answer.content for answer in answers} == {answers[0].content}
    assert answers[0].json()["error"]["code"] == "not_allowed"


def test_users_can_end_their_own_subscriptions_by_id(visitor: Client, alice: Any, bob: Any) -> None:
    hers, his = subscribe(alice, "staff/only"), subscribe(bob, "staff/only")

    assert delete(visitor, his.pk).json() == {"ended": 0}
    assert delete(visitor, hers.pk).json() == {"ended": 1}
    for nothing in (10**15, 10**19 - 1, 10**30):
        assert delete(visitor, nothing).json() == {"ended": 0}
    assert list(Subscription.objects.all()) == [his]


def test_delivered_notifications_stay_when_the_subscription_ends(
    visitor: Client, alice: Any, deliver_notifications: Any
) -> None:
    one = subscribe(alice, "blog/new")
    notify("News", "blog/new")
    deliver_notifications()

    delete(visitor, one.pk)

    assert Notification.objects.get().subscription is None


def test_changes_need_the_csrf_token(strict: Client, alice: Any, news: Any) -> None:
    one = subscribe(alice, "blog/other")

    refused = [post(strict, "subscribe", {"key": "blog/new"}), delete(strict, one.pk)]
    strict.get("/notifications/preferences/")
    token = {"X-CSRFToken": strict.cookies["csrftoken"].value}
    done = [
        post(strict, "subscribe", {"key": "blog/new"}, headers=token),
        delete(strict, one.pk, headers=token),
    ]

    assert [answer.status_code for answer in refused] == [403, 403]
    assert refused[0].json()["error"]["code"] == "csrf_failed"
    assert [answer.status_code for answer in done] == [200, 200]


def test_unsupported_methods_are_refused(visitor: Client) -> None:
    answers = [
        visitor.get(f"{API}subscribe/"),
        visitor.delete(f"{API}subscriptions/"),
        visitor.post(f"{API}subscriptions/1/"),
        visitor.get(f"{API}snooze/"),
    ]

    assert [answer.status_code for answer in answers] == [405, 405, 405, 405]
    assert [answer["Allow"] for answer in answers] == ["POST", "GET, POST", "DELETE", "POST"]
