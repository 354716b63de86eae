"""The inbox page, as a browser without JavaScript uses it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, override_settings

from realtime_notify import inbox, notify, text
from realtime_notify.models import Notification
from tests.views.browsing import Buttons


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/notifications/", "/notifications/go/1/"])
def test_an_anonymous_visitor_is_redirected_to_the_login_page(client: Client, address: str) -> None:
    answer = client.get(address)

    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_the_inbox_page_shows_text_as_text(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    make_notification(
        alice, "<script>alert(1)</script>", description='"><img src=x onerror=alert(1)>'
    )

    html = visitor.get("/notifications/").content.decode()

    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<img" not in html


def test_the_inbox_page_needs_no_inline_style_or_script(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    make_notification(alice)

    html = visitor.get("/notifications/").content.decode()

    assert "style=" not in html
    assert "<style" not in html
    assert "onclick" not in html


def test_an_empty_inbox_says_so(visitor: Client) -> None:
    assert "No notifications yet." in visitor.get("/notifications/").content.decode()


def test_each_item_has_its_buttons_and_they_work(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    one = make_notification(alice)

    page = Buttons(visitor.get("/notifications/").content.decode())
    assert page.forms[-1]["actions"] == ["read", "archive", "delete"]
    page.press(visitor, "read")
    one.refresh_from_db()
    assert one.read_at is not None

    page = Buttons(visitor.get("/notifications/").content.decode())
    assert page.forms[-1]["actions"] == ["unread", "archive", "delete"]
    page.press(visitor, "unread")
    page.press(visitor, "archive")
    one.refresh_from_db()
    assert one.read_at is None
    assert one.archived_at is not None

    page = Buttons(visitor.get("/notifications/?show=archived").content.decode())
    assert page.forms[-1]["actions"] == ["unarchive", "delete"]
    answer = page.press(visitor, "unarchive")
    assert answer["Location"] == "/notifications/?show=archived"
    page.press(visitor, "delete")
    one.refresh_from_db()
    assert one.archived_at is None
    assert one.deleted_at is not None


def test_mark_all_leaves_unread_what_came_after_the_page(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    make_notification(alice, "On the page")
    page = Buttons(visitor.get("/notifications/").content.decode())
    make_notification(alice, "Arrived meanwhile")

    page.press(visitor, "read", form=0)

    unread = Notification.objects.unread().filter(user=alice).with_event()
    assert [one.event.message for one in unread] == ["Arrived meanwhile"]


def test_the_inbox_page_is_paginated(visitor: Client, alice: Any, make_notification: Any) -> None:
    for number in range(3):
        make_notification(alice, f"Number {number}")

    with override_settings(REALTIME_NOTIFY={"PAGE_SIZE": 2}):
        first = visitor.get("/notifications/")
        second = visitor.get(first.context["older_url"])

    assert [item["message"] for item in first.context["items"]] == ["Number 2", "Number 1"]
    assert [item["message"] for item in second.context["items"]] == ["Number 0"]
    assert second.context["newest_url"] == "/notifications/"
    assert second.context["older_url"] == ""


@pytest.mark.parametrize("query", ["?before=nonsense", "?before=" + "9" * 400])
def test_a_bad_cursor_redirects_to_the_first_page(visitor: Client, query: str) -> None:
    answer = visitor.get(f"/notifications/{query}")

    assert answer["Location"] == "/notifications/"


def test_an_unknown_filter_shows_the_inbox(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    make_notification(alice)

    assert len(visitor.get("/notifications/?show=everything").context["items"]) == 1


@pytest.mark.parametrize(
    "form",
    [
        {"action": "explode", "ids": "1"},
        {"action": "read"},
        {"action": "read", "ids": "x"},
        {"action": "read", "upto": "x"},
        {},
    ],
)
def test_a_malformed_form_is_refused(visitor: Client, form: dict[str, str]) -> None:
    assert visitor.post("/notifications/", form).status_code == 400


def test_forms_need_a_csrf_token(alice: Any, make_notification: Any, sign_in: Any) -> None:
    one = make_notification(alice)
    strict = sign_in(alice, enforce_csrf_checks=True)

    answer = strict.post("/notifications/", {"action": "read", "ids": one.pk})

    assert answer.status_code == 403
    assert inbox.unread_count(alice) == 1


def test_the_inbox_page_takes_the_same_few_queries_whatever_it_holds(
    visitor: Client, alice: Any, make_notification: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        make_notification(alice, f"Number {number}", actor=alice)
    visitor.get("/notifications/")

    with django_assert_max_num_queries(6):
        visitor.get("/notifications/")


def test_marking_needs_a_post_and_redirects_only_within_the_site(
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


def test_the_inbox_page_shows_texts_in_the_language_of_the_request(
    speaking: None, visitor: Client, alice: Any, make_notification: Any
) -> None:
    make_notification(alice, text("%(age)s ago", age="<Ann>"), description=text("Archive"))

    german = visitor.get("/notifications/", headers={"accept-language": "de"}).content.decode()
    english = visitor.get("/notifications/").content.decode()

    assert "vor &lt;Ann&gt;" in german
    assert '<p class="rn-description">Archivieren</p>' in german
    assert "&lt;Ann&gt; ago" in english
