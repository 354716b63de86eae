"""The feed for pages that poll: what is new, in words, with counts that are one's own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from realtime_notify import inbox, text
from realtime_notify.models import NotificationType

FEED = "/notifications/api/feed/"


def test_the_feed_describes_a_notification_of_this_second_as_just_now(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    one = make_notification(alice, url="/kitchen/", data={"k": 1}, actor=alice)
    NotificationType.objects.update(label="Kettle")

    answer = visitor.get(FEED)

    assert answer.status_code == 200
    body = answer.json()
    assert {name: body[name] for name in ("rev", "unread", "unseen", "all")} == {
        "rev": 1,
        "unread": 1,
        "unseen": 1,
        "all": 1,
    }
    (item,) = body["items"]
    assert item["id"] == one.pk
    assert (item["label"], item["ago"], item["times"]) == ("Kettle", "just now", "")
    assert (item["message"], item["url"], item["data"]) == (
        "The kettle is on",
        "/kitchen/",
        {"k": 1},
    )
    assert (item["read"], item["public"], item["actor"]["text"]) == (False, True, "alice")
    assert item["target"] is None  # not the word "None"


def test_the_feed_says_how_long_ago_and_how_often(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    for _again in range(3):
        one = make_notification(alice)
    type(one.event)._default_manager.update(created="2020-01-01T00:00:00Z")

    (item,) = visitor.get(FEED).json()["items"]

    assert item["times"] == "3 times"
    assert "years" in item["ago"]
    assert item["ago"].endswith("ago")


def test_a_type_without_a_label_is_called_by_its_key(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    make_notification(alice)

    assert visitor.get(FEED).json()["items"][0]["label"] == "kitchen/kettle"


def test_the_feed_speaks_the_language_of_the_request(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    one = make_notification(alice)
    type(one.event)._default_manager.update(created="2020-01-01T00:00:00Z")

    with override("de"):
        from realtime_notify.views.feed import _age

        assert "Jahr" in _age(one.event.__class__._default_manager.get().created)


def test_an_anonymous_visitor_gets_an_empty_feed_without_an_error(client: Client, db: None) -> None:
    feed = client.get(FEED)
    count = client.get("/notifications/api/count/")

    assert (feed.status_code, count.status_code) == (200, 200)
    assert feed.json() == {"rev": 0, "unread": 0, "unseen": 0, "all": 0, "items": []}
    assert count.json() == {"rev": 0, "unread": 0, "unseen": 0}


def test_counts_belong_to_the_requesting_user_and_are_not_cached(
    visitor: Client, alice: Any, bob: Any, make_notification: Any
) -> None:
    make_notification(alice, "One")
    make_notification(alice, "Two")
    other = Client()
    other.force_login(bob)

    answers = [visitor.get(FEED), other.get(FEED), visitor.get(FEED)]

    assert [answer.json()["unread"] for answer in answers] == [2, 0, 2]
    assert {answer["Cache-Control"] for answer in answers} == {"no-store"}
    assert all("Cookie" in answer["Vary"] for answer in answers)


def test_what_was_deleted_archived_or_snoozed_is_neither_shown_nor_counted(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    gone, put_away, later, read, _new = (
        make_notification(alice, f"Number {number}") for number in range(5)
    )
    inbox.delete(alice, ids=[gone.pk])
    inbox.archive(alice, ids=[put_away.pk])
    inbox.snooze(alice, ids=[later.pk], until="2999-01-01T00:00:00Z")
    inbox.mark_read(alice, ids=[read.pk])

    everything = visitor.get(FEED).json()
    unread = visitor.get(FEED, {"unread": 1}).json()

    assert [item["message"] for item in everything["items"]] == ["Number 4", "Number 3"]
    assert (everything["all"], everything["unread"]) == (2, 1)
    assert [item["message"] for item in unread["items"]] == ["Number 4"]


def test_a_feed_can_start_after_the_last_seen_item(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    make_notification(alice, "Old")
    seq = visitor.get(FEED).json()["items"][0]["seq"]
    make_notification(alice, "New")

    answer = visitor.get(FEED, {"after": seq}).json()

    assert [item["message"] for item in answer["items"]] == ["New"]
    assert answer["unread"] == 2  # of the whole inbox


def test_a_limit_of_zero_returns_the_counts_alone(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    make_notification(alice, "One")
    make_notification(alice, "Two")

    assert visitor.get(FEED, {"limit": 0}).json()["items"] == []
    assert visitor.get(FEED, {"limit": 0}).json()["all"] == 2
    assert len(visitor.get(FEED, {"limit": 1}).json()["items"]) == 1


def test_only_a_posted_feed_marks_its_items_as_read(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    for number in range(3):
        make_notification(alice, f"Number {number}")

    visitor.get(FEED, {"mark_as_read": "true"})
    assert inbox.unread_count(alice) == 3
    answer = visitor.post(FEED, json.dumps({"limit": 2, "unread": True}), "application/json").json()

    assert [item["message"] for item in answer["items"]] == ["Number 2", "Number 1"]
    assert answer["unread"] == inbox.unread_count(alice) == 1


@pytest.mark.parametrize(
    "query",
    [{"limit": "x"}, {"limit": "101"}, {"after": "-1"}, {"after": "x"}, {"unread": "maybe"}],
)
def test_a_malformed_feed_query_is_refused(visitor: Client, query: dict[str, str]) -> None:
    answer = visitor.get(FEED, query)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "body", [{"limit": False}, {"limit": "0"}, {"after": [1]}, {"after": True}, {"unread": 1}]
)
def test_a_malformed_feed_body_is_refused(visitor: Client, body: object) -> None:
    assert visitor.post(FEED, json.dumps(body), "application/json").status_code == 400


def test_a_feed_takes_the_same_few_queries_whatever_it_holds(
    visitor: Client, alice: Any, make_notification: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        make_notification(alice, f"Number {number}", actor=alice)
    visitor.get(FEED)

    with django_assert_max_num_queries(8):
        assert len(visitor.get(FEED).json()["items"]) == 20


def test_the_feed_has_texts_in_the_language_of_the_request(
    speaking: None, visitor: Client, alice: Any, make_notification: Any
) -> None:
    make_notification(alice, text("%(age)s ago", age="Ann"))

    german = visitor.get(FEED, headers={"accept-language": "de"}).json()

    assert german["items"][0]["message"] == "vor Ann"
