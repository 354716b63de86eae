"""Following a notification: it is read, and its URL is opened."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from realtime_notify import inbox
from realtime_notify.views.pages import redirect_url


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("/posts/1/", "/posts/1/"),
        ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        ("http://example.com/", "http://example.com/"),
        ("?page=2", "/?page=2"),
        ("#end", "/#end"),
    ],
)
def test_following_a_notification_marks_it_read_and_redirects_to_its_url(
    visitor: Client, alice: Any, make_notification: Any, url: str, location: str
) -> None:
    one = make_notification(alice, url=url)

    answer = visitor.get(f"/notifications/go/{one.pk}/")

    assert answer["Location"] == location
    assert inbox.unread_count(alice) == 0


def test_following_a_notification_without_a_url_leads_to_the_inbox(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    one = make_notification(alice)

    assert visitor.get(f"/notifications/go/{one.pk}/")["Location"] == "/notifications/"


def test_an_unsafe_url_in_the_database_is_not_followed(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    one = make_notification(alice)
    type(one.event)._default_manager.filter(pk=one.event_id).update(url="javascript:alert(1)")

    assert visitor.get(f"/notifications/go/{one.pk}/")["Location"] == "/notifications/"


def test_the_notification_of_another_user_is_not_found(
    visitor: Client, alice: Any, bob: Any, make_notification: Any
) -> None:
    foreign = make_notification(bob, url="/posts/1/")

    assert visitor.get(f"/notifications/go/{foreign.pk}/").status_code == 404
    assert visitor.get(f"/notifications/go/{10**30}/").status_code == 404
    assert inbox.unread_count(bob) == 1


def test_a_deleted_notification_is_not_found(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    one = make_notification(alice, url="/posts/1/")
    inbox.delete(alice, ids=[one.pk])

    assert visitor.get(f"/notifications/go/{one.pk}/").status_code == 404


@pytest.mark.parametrize("header", ["Sec-Purpose", "Purpose"])
def test_a_prefetch_does_not_mark_as_read(
    visitor: Client, alice: Any, make_notification: Any, header: str
) -> None:
    one = make_notification(alice, url="/posts/1/")

    visitor.get(f"/notifications/go/{one.pk}/", headers={header: "prefetch;prerender"})
    visitor.head(f"/notifications/go/{one.pk}/")

    assert inbox.unread_count(alice) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http:/\\evil.example",
        "http:evil.example",
        "https://[bad",
        "ftp://example.com/",
        "relative/path",
        "/with\x00nul",
    ],
)
def test_unsafe_urls_are_not_redirected_to(url: str) -> None:
    assert redirect_url(url) == ""
