"""The list with its buttons, in any page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.test import Client


def test_it_shows_the_newest_as_text_with_their_buttons(
    render: Callable[..., str], alice: Any, make_notification: Any
) -> None:
    for number in range(3):
        make_notification(alice, f"<b>Tea {number}", url="/posts/1/")

    html = render("{% notify_inbox 2 %}", alice)

    assert re.findall(r"/go/\d+/\">&lt;b&gt;Tea (\d)", html) == ["2", "1"]
    assert "3 unread" in html
    assert html.count('value="archive"') == 2
    assert html.count('action="/notifications/"') == 3
    assert html.count('name="next" value="/"') == 3


def test_it_follows_the_inbox_of_its_user(render: Callable[..., str], alice: Any) -> None:
    html = render("{% notify_inbox %}", alice, csp_nonce="abc")

    assert f'user="{alice.pk}"' in html
    assert 'bell-url="/static/realtime_notify/notify-bell.js"' in html
    assert 'url="/notifications/list/?amount=10&amp;next=%2F"' in html
    assert 'src="/static/realtime_notify/notify-inbox.js" nonce="abc"' in html


def test_nobody_who_is_not_signed_in_has_one(render: Callable[..., str]) -> None:
    assert render("{% notify_inbox %}") == ""


def test_its_script_fetches_the_list_alone(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    make_notification(alice, "Tea")

    html = visitor.get("/notifications/list/?amount=1&next=/here/").content.decode()

    assert html.lstrip().startswith("<notify-inbox")
    assert 'name="next" value="/here/"' in html
    assert "Tea" in html


def test_an_amount_that_is_none_is_the_usual_one(visitor: Client) -> None:
    assert visitor.get("/notifications/list/?amount=many").status_code == 200


def test_its_buttons_lead_back_to_the_page_and_to_no_other_site(
    visitor: Client, alice: Any, make_notification: Any
) -> None:
    one = make_notification(alice)
    for back, led in (("/here/", "/here/"), ("https://evil.example/", "/notifications/")):
        answer = visitor.post(
            "/notifications/", {"action": "read", "ids": one.pk, "show": "all", "next": back}
        )
        assert answer["Location"] == led
