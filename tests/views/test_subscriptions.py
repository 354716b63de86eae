"""Subscriptions over HTTP: the list, the verbs, and the links that act without signing in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from realtime_notify import inbox, is_subscribed, notify, subscribe
from realtime_notify.models import Notification, NotificationType, Subscription
from tests.blog.models import Post

API = "/notifications/api/"


@pytest.fixture
def visitor(alice: Any) -> Client:
    """Alice's browser."""
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def strict(alice: Any) -> Client:
    """Alice's browser, which checks what Django's test client lets pass."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    return client


@pytest.fixture
def news(db: None) -> NotificationType:
    return NotificationType.objects.create(key="blog/new", label="News", self_service=True)


def post(client: Client, address: str, body: object, **headers: Any) -> Any:
    return client.post(f"{API}{address}/", json.dumps(body), "application/json", **headers)


def delete(client: Client, pk: int, **headers: Any) -> Any:
    return client.delete(f"{API}subscriptions/{pk}/", **headers)


# --- the API ------------------------------------------------------------------------------------


def test_the_list_says_what_each_subscription_is_to(
    visitor: Client, alice: Any, bob: Any, news: Any
) -> None:
    menu = Post.objects.create(title="Spring menu")
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


def test_the_list_has_pages(visitor: Client, alice: Any) -> None:
    for number in range(3):
        subscribe(alice, f"blog/{number}")

    first = visitor.get(f"{API}subscriptions/", {"limit": 2}).json()
    second = visitor.get(f"{API}subscriptions/", {"limit": 2, "before": first["next"]}).json()

    keys = [one["key"] for page in (first, second) for one in page["subscriptions"]]
    assert keys == ["blog/2", "blog/1", "blog/0"]


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"before": "x"}])
def test_a_list_that_makes_no_sense_is_refused(visitor: Client, query: Any) -> None:
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


def test_one_of_ones_own_is_ended_by_its_id(visitor: Client, alice: Any, bob: Any) -> None:
    hers, his = subscribe(alice, "staff/only"), subscribe(bob, "staff/only")

    assert delete(visitor, his.pk).json() == {"ended": 0}
    assert delete(visitor, hers.pk).json() == {"ended": 1}
    for nothing in (10**15, 10**19 - 1, 10**30):
        assert delete(visitor, nothing).json() == {"ended": 0}
    assert list(Subscription.objects.all()) == [his]


def test_what_was_told_stays_when_the_subscription_ends(
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


def test_methods_are_those_that_make_sense(visitor: Client) -> None:
    answers = [
        visitor.get(f"{API}subscribe/"),
        visitor.delete(f"{API}subscriptions/"),
        visitor.post(f"{API}subscriptions/1/"),
        visitor.get(f"{API}snooze/"),
    ]

    assert [answer.status_code for answer in answers] == [405, 405, 405, 405]
    assert [answer["Allow"] for answer in answers] == ["POST", "GET, POST", "DELETE", "POST"]


def test_snoozing_answers_with_the_frame_of_the_socket(
    visitor: Client, alice: Any, deliver_notifications: Any
) -> None:
    notify("Later", "demo/hello", recipients=[alice])
    deliver_notifications()
    pk = Notification.objects.get().pk

    answer = post(visitor, "snooze", {"ids": [pk], "until": "2999-01-01T00:00:00Z"})

    expected = {"rev": 2, "unread": 0, "unseen": 0, "snooze": {"ids": [pk]}}
    assert answer.json() == expected
    assert visitor.get(f"{API}notifications/").json()["put"] == []


# --- links ----------------------------------------------------------------------------------------


@pytest.fixture
def stranger(db: None) -> Client:
    """A browser that nobody has signed in, and that sends no token."""
    return Client(enforce_csrf_checks=True)


def link(subscription: Subscription, verb: str = "unsubscribe") -> str:
    return f"/notifications/{verb}/{subscription.secret}/"


def test_the_link_shows_what_one_unsubscribes_from_and_does_nothing(
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


def test_posting_to_the_link_unsubscribes_from_just_that(
    stranger: Client, alice: Any, news: Any
) -> None:
    one, other = subscribe(alice, "blog/new"), subscribe(alice, "blog/other")

    answer = stranger.post(link(one))

    assert answer.status_code == 200
    assert "Unsubscribed" in answer.content.decode()
    assert list(Subscription.objects.all()) == [other]


def test_one_click_of_a_mail_program_needs_neither_cookie_nor_token(stranger: Client) -> None:
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


def test_one_member_does_not_end_what_a_whole_group_subscribed_to(stranger: Client) -> None:
    one = subscribe(Group.objects.create(name="cooks"), "blog/new")

    assert stranger.post(link(one)).status_code == 404
    assert Subscription.objects.exists()


def test_the_secret_of_a_link_is_told_to_no_other_site(stranger: Client, alice: Any) -> None:
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
def test_only_addresses_confirm(stranger: Client, alice: Any, method: str) -> None:
    one = subscribe(alice, "blog/new")
    Subscription.objects.update(active=False)

    assert getattr(stranger, method)(link(one, "confirm")).status_code == 404
    assert getattr(stranger, method)("/notifications/confirm/nothing/").status_code == 404
    assert not Subscription.objects.get().active


# --- marking, and where it leads ------------------------------------------------------------------


def test_marking_needs_a_post_and_leads_only_to_this_site(
    visitor: Client, alice: Any, deliver_notifications: Any
) -> None:
    for message in ("One", "Two", "Three"):
        notify(message, "demo/hello", recipients=[alice])
    deliver_notifications()
    ids = list(Notification.objects.order_by("pk").values_list("pk", flat=True))

    def press(**form: Any) -> Any:
        return visitor.post("/notifications/", {"action": "read", **form})

    visitor.get(f"/notifications/?action=read&ids={ids[0]}")
    assert inbox.unread_count(alice) == 3

    one = press(ids=ids[0], next="/desk/?tab=2")
    several = press(ids=ids[:2], next="https://evil.example/")
    everything = press(upto=99, next="//evil.example/")
    assert one["Location"] == "/desk/?tab=2"
    assert several["Location"] == everything["Location"] == "/notifications/"
    assert inbox.unread_count(alice) == 0
