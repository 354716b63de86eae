"""The JSON API, as programs use it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from realtime_notify import inbox, notify, subscribe, text
from realtime_notify.models import Notification
from tests.views.browsing import API, post


def test_a_page_carries_whole_items_and_the_rev(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    make_notification(alice, "First", url="/posts/1/", data={"k": [1]})
    newest = make_notification(alice, "Second", level="warning")

    page = visitor.get(f"{API}notifications/").json()

    assert [item["message"] for item in page["put"]] == ["Second", "First"]
    assert page["put"][0]["id"] == newest.pk
    assert page["put"][0]["level"] == "warning"
    assert page["put"][1]["data"] == {"k": [1]}
    assert page["put"][1]["url"] == "/posts/1/"
    assert page["rev"] == 2
    assert page["next"] is None


def test_pages_follow_the_cursor_to_the_end(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    for number in range(5):
        make_notification(alice, f"Number {number}")

    seen, query = [], "limit=2"
    while query:
        page = visitor.get(f"{API}notifications/?{query}").json()
        seen += [item["message"] for item in page["put"]]
        query = page["next"] and f"limit=2&before={page['next']}"

    assert seen == [f"Number {number}" for number in (4, 3, 2, 1, 0)]


def test_a_page_can_be_of_unread_or_of_archived_ones(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    read, put_away, _new = (make_notification(alice, text) for text in ("Read", "Put away", "New"))
    inbox.mark_read(alice, ids=[read.pk])
    inbox.archive(alice, ids=[put_away.pk])

    unread = visitor.get(f"{API}notifications/", {"unread": "true"}).json()
    archived = visitor.get(f"{API}notifications/", {"archived": "1"}).json()

    assert [item["message"] for item in unread["put"]] == ["New"]
    assert [item["message"] for item in archived["put"]] == ["Put away"]


def test_the_count_carries_the_rev(visitor: Client, alice: Any, make_notification: Any) -> None:
    make_notification(alice)

    assert visitor.get(f"{API}count/").json() == {"rev": 1, "unread": 1, "unseen": 1}


def test_sync_tells_what_changed_since(visitor: Client, alice: Any, make_notification: Any) -> None:
    make_notification(alice, "Old")
    changed = make_notification(alice, "New")

    frame = visitor.get(f"{API}sync/", {"since": 1}).json()

    assert frame["from"] == 1
    assert frame["rev"] == 2
    assert [item["id"] for item in frame["put"]] == [changed.pk]


def test_nothing_new_costs_one_row_and_no_body(
    visitor: Client, alice: Any, make_notification: Any, django_assert_num_queries: Any
) -> None:
    make_notification(alice)
    for asked in ("sync/?since=1", "count/"):
        tag = visitor.get(f"{API}{asked}")["ETag"]
        with django_assert_num_queries(3):  # the session, the user, the inbox
            again = visitor.get(f"{API}{asked}", headers={"If-None-Match": tag})

        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        assert again["Cache-Control"] == "no-store"


@pytest.mark.parametrize("asked", ["sync/?since=1", "count/", "notifications/"])
def test_what_is_new_is_told_to_whoever_shows_the_etag_from_before(
    visitor: Client, alice: Any, make_notification: Any, asked: str
) -> None:
    make_notification(alice, "First")
    tag = visitor.get(f"{API}{asked}")["ETag"]
    make_notification(alice, "Second")

    answer = visitor.get(f"{API}{asked}", headers={"If-None-Match": tag})

    assert (answer.status_code, answer.json()["rev"]) == (200, 2)
    assert answer["ETag"] != tag


def test_an_etag_is_worth_nothing_to_another_account(
    visitor: Client, alice: Any, bob: Any, make_notification: Any
) -> None:
    for user in (alice, bob):
        make_notification(user)
    tag = visitor.get(f"{API}sync/?since=1")["ETag"]
    visitor.force_login(bob)

    answer = visitor.get(f"{API}sync/?since=1", headers={"If-None-Match": tag})

    assert answer.status_code == 200
    visitor.logout()
    assert visitor.get(f"{API}sync/", headers={"If-None-Match": tag}).status_code == 401


def test_a_broadcast_that_was_not_taken_in_yet_is_new(
    visitor: Client, alice: Any, send: Any
) -> None:
    subscribe(alice, "news")
    tag = visitor.get(f"{API}sync/?since=0")["ETag"]
    send("The library opens", "news", lazy=True)

    answer = visitor.get(f"{API}sync/?since=0", headers={"If-None-Match": tag})

    assert [item["message"] for item in answer.json()["put"]] == ["The library opens"]


def test_sync_without_since_is_a_first_visit(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    make_notification(alice)

    frame = visitor.get(f"{API}sync/").json()

    assert frame["reset"] is True
    assert len(frame["put"]) == 1


def test_every_change_answers_with_the_frame_of_the_socket(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    one = make_notification(alice)

    read = post(visitor, "read", {"ids": [one.pk]}).json()
    unread = post(visitor, "unread", {"ids": [one.pk]}).json()
    seen = post(visitor, "seen", {"upto": 3}).json()
    archived = post(visitor, "archive", {"upto": 3}).json()
    back = post(visitor, "unarchive", {"ids": [one.pk]}).json()
    deleted = post(visitor, "delete", {"ids": [one.pk]}).json()

    assert read == {"rev": 2, "unread": 0, "unseen": 0, "read": {"ids": [one.pk]}}
    assert unread["put"][0]["read"] is False
    assert seen["seen"] == {"upto": 3}
    assert archived["archive"] == {"upto": 3}
    assert back["put"][0]["archived"] is False
    assert deleted["delete"] == {"ids": [one.pk]}
    assert deleted["rev"] == 7


def test_ids_of_other_users_are_ignored_without_an_error(
    visitor: Client, alice: Any, bob: Any, make_notification: Any
) -> None:
    foreign = make_notification(bob)

    answer = post(visitor, "read", {"ids": [foreign.pk, 10**15]})

    assert answer.status_code == 200
    assert "read" not in answer.json()
    assert inbox.unread_count(bob) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["notifications/", "sync/", "subscriptions/", "preferences/"])
def test_an_anonymous_request_gets_401_as_json(client: Client, address: str) -> None:
    answer = client.get(f"{API}{address}")

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_signed_in"


def test_a_change_without_a_csrf_token_is_refused_in_json(
    alice: Any, make_notification: Any, sign_in: Any
) -> None:
    one = make_notification(alice)
    strict = sign_in(alice, enforce_csrf_checks=True)

    answer = post(strict, "read", {"ids": [one.pk]})

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "csrf_failed"
    assert inbox.unread_count(alice) == 1


def test_a_change_with_the_csrf_cookie_in_the_header_is_made(
    alice: Any, make_notification: Any, sign_in: Any
) -> None:
    one = make_notification(alice)
    strict = sign_in(alice, enforce_csrf_checks=True)
    strict.get("/notifications/")
    token = strict.cookies["csrftoken"].value

    answer = post(strict, "read", {"ids": [one.pk]}, headers={"X-CSRFToken": token})

    assert answer.status_code == 200
    assert inbox.unread_count(alice) == 0


def test_a_change_from_an_origin_that_is_not_trusted_says_what_to_set(
    alice: Any, make_notification: Any, sign_in: Any
) -> None:
    one = make_notification(alice)
    strict = sign_in(alice, enforce_csrf_checks=True)
    strict.get("/notifications/")
    token = strict.cookies["csrftoken"].value
    origin = "https://app.example.com"

    answer = post(
        strict,
        "read",
        {"ids": [one.pk]},
        headers={"X-CSRFToken": token, "Origin": origin},
    )

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (403, "csrf_failed")
    assert origin in error["message"]
    assert error["message"].endswith("add it to CSRF_TRUSTED_ORIGINS.")


def test_a_page_takes_the_same_few_queries_whatever_it_holds(
    visitor: Client, alice: Any, make_notification: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        make_notification(alice, f"Number {number}", actor=alice)
    visitor.get(f"{API}notifications/")

    with django_assert_max_num_queries(6):
        page = visitor.get(f"{API}notifications/").json()

    assert len(page["put"]) == 20


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


def test_a_request_of_a_tab_that_shows_another_account_is_refused(
    visitor: Client, alice: Any, bob: Any, make_notification: Any
) -> None:
    make_notification(alice, "Hers")
    his = inbox.sync(bob)["inbox"]

    refusals = [
        post(visitor, "read", {"upto": 9, "inbox": his}),
        visitor.get(f"{API}notifications/", {"inbox": his}),
    ]

    for refusal in refusals:
        assert refusal.status_code == 409
        assert refusal.json()["error"]["code"] == "other_inbox"
        assert refusal.json()["error"]["temporary"] is False
    assert inbox.unread_count(alice) == 1
    synced = visitor.get(f"{API}sync/", {"since": "1", "inbox": his}).json()
    assert synced["reset"] is True
    assert visitor.get(f"{API}notifications/", {"inbox": synced["inbox"]}).status_code == 200


def test_texts_are_in_the_language_of_the_request(
    speaking: None, visitor: Client, alice: Any, make_notification: Any
) -> None:
    make_notification(alice, text("%(age)s ago", age="Ann"))

    for address in ("notifications/", "sync/"):
        found = [
            visitor.get(API + address, headers={"accept-language": language}).json()["put"]
            for language in ("de", "en")
        ]
        assert [item["message"] for (item,) in found] == ["vor Ann", "Ann ago"]
