"""Preferences: what there is to choose from, and choosing over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from realtime_notify import inbox, notify, opt_out, subscribe
from realtime_notify.models import (
    Event,
    Medium,
    Notification,
    NotificationType,
    OptOut,
    TypeGroup,
)
from realtime_notify.subscriptions.optouts import is_opted_out
from realtime_notify.subscriptions.preferences import preferences_of
from tests.blog.models import Post

pytestmark = pytest.mark.sql


@pytest.fixture(autouse=True)
def mail(settings: Any) -> None:
    """E-mail is on."""
    settings.REALTIME_NOTIFY = {"MEDIA": ["email"]}


PAGE = "/notifications/preferences/"
API = "/notifications/api/preferences/"


def choose(client: Client, **body: Any) -> Any:
    return client.post(API, json.dumps(body), "application/json")


def keys(answer: Any) -> list[str]:
    return [one["key"] for group in answer["groups"] for one in group["types"]]


def kind(answer: Any, key: str) -> Any:
    (found,) = (one for group in answer["groups"] for one in group["types"] if one["key"] == key)
    return found


# --- what there is to choose from -----------------------------------------------------------------


@pytest.mark.usefixtures("blog_types")
def test_types_are_listed_in_their_groups_with_what_was_chosen(visitor: Client, alice: Any) -> None:
    subscribe(alice, "blog/new")
    opt_out(alice, "blog/comment", medium="email")
    opt_out(alice, group="blog", medium="inbox")

    answer = visitor.get(API).json()

    assert answer["media"] == [
        {"name": "inbox", "label": "Inbox"},
        {"name": "email", "label": "E-mail"},
    ]
    assert answer["opted_out"] == []
    (blog,) = answer["groups"]
    assert (blog["name"], blog["label"], blog["description"], blog["opted_out"]) == (
        "blog",
        "Blog",
        "What we write",
        ["inbox"],
    )
    comments, news = blog["types"]
    assert news == {
        "key": "blog/new",
        "label": "News",
        "description": "Posts",
        "level": "info",
        "self_service": True,
        "subscribed": True,
        "reached": True,
        "required": False,
        "opted_out": [],
    }
    assert (comments["key"], comments["subscribed"]) == ("blog/comment", False)
    assert comments["opted_out"] == ["email"]


@pytest.mark.usefixtures("blog_types")
def test_a_type_that_is_not_offered_to_the_user_is_not_shown(visitor: Client, bob: Any) -> None:
    subscribe(bob, "staff/only")

    assert keys(visitor.get(API).json()) == ["blog/comment", "blog/new"]
    assert "Layoffs" not in visitor.get(PAGE).content.decode()


@pytest.mark.usefixtures("blog_types")
def test_every_type_that_reaches_the_user_is_shown(
    visitor: Client, alice: Any, deliver_notifications: Any
) -> None:
    cooks = Group.objects.create(name="cooks")
    alice.groups.add(cooks)
    subscribe(cooks, "kitchen/lunch")
    subscribe(alice, "staff/only", Post.objects.create(title="A post"))
    notify("Your export", "export/ready", recipients=[alice])
    deliver_notifications()
    opt_out(alice, "old/thing")

    answer = visitor.get(API).json()

    assert set(keys(answer)) == {
        "blog/comment",
        "blog/new",
        "export/ready",
        "kitchen/lunch",
        "old/thing",
        "staff/only",
    }
    assert answer["groups"][0]["name"] == ""  # types without a group come first
    lunch, staff = kind(answer, "kitchen/lunch"), kind(answer, "staff/only")
    assert (lunch["subscribed"], lunch["reached"]) == (False, True)
    assert (staff["subscribed"], staff["reached"]) == (False, True)  # of one target only
    assert not kind(answer, "old/thing")["reached"]


def test_a_type_that_tells_much_hides_none_that_tells_little(
    visitor: Client, alice: Any, deliver_notifications: Any
) -> None:
    rare = notify("Your export", "export/ready", recipients=[alice])
    deliver_notifications()
    chatty = NotificationType.objects.create(key="chat/message")
    Event.objects.bulk_create(Event(type=chatty, fingerprint=number) for number in range(300))
    first = Notification.objects.get(user=alice, event=rare)
    Notification.objects.bulk_create(
        Notification(event=event, user=alice, seq=seq, rev=seq, fingerprint=seq)
        for seq, event in enumerate(Event.objects.filter(type=chatty), start=first.seq + 1)
    )

    answer = visitor.get(API).json()

    assert {"chat/message", "export/ready"} <= set(keys(answer))
    assert kind(answer, "export/ready")["reached"]


@pytest.mark.usefixtures("blog_types")
def test_a_policy_that_refuses_hides_the_type(visitor: Client, settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"SELF_SERVICE": f"{__name__}.comments_only"}

    assert keys(visitor.get(API).json()) == ["blog/comment"]


def comments_only(user: Any, kind: NotificationType, target: object) -> bool:
    return str(kind.key) == "blog/comment"


@pytest.mark.usefixtures("blog_types")
def test_opt_outs_of_a_single_target_are_neither_shown_nor_changed(
    visitor: Client, alice: Any
) -> None:
    post = Post.objects.create(title="A thread")
    opt_out(alice, "blog/new", post)

    assert kind(visitor.get(API).json(), "blog/new")["opted_out"] == []
    choose(visitor, key="blog/new", opted_out=[])
    assert is_opted_out(alice, "blog/new", post)


def test_preferences_take_the_same_few_queries(
    alice: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        group = TypeGroup.objects.create(name=f"group {number}")
        NotificationType.objects.create(key=f"a/{number}", group=group, self_service=True)
        subscribe(alice, f"a/{number}")
        opt_out(alice, f"a/{number}", medium="email")

    with django_assert_max_num_queries(10):
        assert len(preferences_of(alice)["groups"]) == 20


# --- choosing over HTTP ---------------------------------------------------------------------------


@pytest.mark.usefixtures("blog_types")
def test_choosing_sets_just_these_media(visitor: Client, alice: Any) -> None:
    answer = choose(visitor, key="blog/new", opted_out=["email"])
    assert kind(answer.json(), "blog/new")["opted_out"] == ["email"]
    assert is_opted_out(alice, "blog/new", medium="email")

    choose(visitor, key="blog/new", opted_out=["inbox"])
    assert not is_opted_out(alice, "blog/new", medium="email")
    assert is_opted_out(alice, "blog/new", medium="inbox")

    choose(visitor, key="blog/new", opted_out=[])
    assert not OptOut.objects.exists()


@pytest.mark.usefixtures("blog_types")
def test_opting_out_of_all_media_covers_media_added_later(
    visitor: Client, alice: Any, settings: Any
) -> None:
    choose(visitor, group="blog", opted_out=["email", "inbox"])
    settings.REALTIME_NOTIFY = {"MEDIA": ["email", "tests.outbox.media.Letter"]}

    assert is_opted_out(alice, group="blog")
    assert visitor.get(API).json()["groups"][0]["opted_out"] == ["inbox", "email", "letter"]

    choose(visitor, group="blog", opted_out=["letter"])
    assert [one.medium_id for one in OptOut.objects.all()] == ["letter"]


@pytest.mark.usefixtures("blog_types")
def test_media_that_are_off_are_not_shown_and_keep_their_opt_outs(
    visitor: Client, alice: Any
) -> None:
    Medium.objects.create(name="newsfeed")
    opt_out(alice, "blog/new", medium="newsfeed")

    answer = choose(visitor, key="blog/new", opted_out=["email"]).json()

    assert [medium["name"] for medium in answer["media"]] == ["inbox", "email"]
    assert kind(answer, "blog/new")["opted_out"] == ["email"]
    assert is_opted_out(alice, "blog/new", medium="newsfeed")
    assert choose(visitor, key="blog/new", opted_out=["newsfeed"]).status_code == 400


@pytest.mark.usefixtures("blog_types")
def test_a_type_that_is_required_says_so_and_cannot_be_opted_out_of(
    visitor: Client, alice: Any
) -> None:
    opt_out(alice, "blog/new", medium="email")
    NotificationType.objects.filter(key="blog/new").update(required=True)

    found = kind(visitor.get(API).json(), "blog/new")
    refused = choose(visitor, key="blog/new", opted_out=["inbox"])

    assert (found["required"], found["opted_out"]) == (True, [])
    assert refused.status_code == 403
    assert OptOut.objects.count() == 1


@pytest.mark.usefixtures("blog_types")
def test_a_type_that_was_opted_out_of_does_not_arrive(
    visitor: Client, alice: Any, deliver_notifications: Any
) -> None:
    subscribe(alice, "blog/new")
    choose(visitor, opted_out=["inbox"])
    notify("Not this", "blog/new")
    deliver_notifications()
    choose(visitor, opted_out=[])
    notify("But this", "blog/new")
    deliver_notifications()

    assert [item["message"] for item in inbox.page(alice)["put"]] == ["But this"]


@pytest.mark.usefixtures("blog_types")
@pytest.mark.parametrize(
    "body",
    [
        {"key": "staff/only", "opted_out": []},
        {"key": "no/such", "opted_out": ["inbox"]},
        {"group": "no such", "opted_out": ["inbox"]},
        {"group": "Blog", "opted_out": ["inbox"]},
    ],
)
def test_choosing_for_a_type_that_is_not_shown_is_refused_and_creates_nothing(
    visitor: Client, body: Any
) -> None:
    answer = choose(visitor, **body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")
    assert NotificationType.objects.count() == 3
    assert TypeGroup.objects.count() == 1
    assert not OptOut.objects.exists()


@pytest.mark.usefixtures("blog_types")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"key": "blog/new"},
        {"key": "blog/new", "opted_out": "email"},
        {"key": "blog/new", "opted_out": [7]},
        {"key": "blog/new", "opted_out": ["pigeon"]},
        {"key": "blog/new", "opted_out": ["x"] * 101},
        {"key": 7, "opted_out": []},
        {"key": "", "opted_out": []},
        {"key": "blog/new", "group": "blog", "opted_out": []},
    ],
)
def test_a_malformed_choice_is_refused(visitor: Client, body: Any) -> None:
    answer = choose(visitor, **body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
