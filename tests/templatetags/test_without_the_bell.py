"""Counts, lists and links in templates, without the bell."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from realtime_notify import mark_read, notify, subscribe, text
from realtime_notify.models import Subscription


@pytest.fixture
def give(deliver_notifications: Callable[[], int]) -> Callable[..., None]:
    """Notify somebody of a few things."""

    def give(user: Any, *messages: str, **kwargs: Any) -> None:
        for message in messages:
            notify(message, "a/b", recipients=[user], **kwargs)
        deliver_notifications()

    return give


def test_the_count_can_be_shown_and_kept(
    render: Callable[..., str], alice: Any, give: Callable[..., None]
) -> None:
    give(alice, "One", "Two")

    assert render("{% unread_count %}", alice) == "2"
    assert render("{% unread_count as n %}{% if n %}{{ n }} new{% endif %}", alice) == "2 new"


def test_an_anonymous_visitor_gets_no_count(render: Callable[..., str]) -> None:
    assert render("[{% unread_count %}]") == "[]"
    assert Template("{% load realtime_notify %}[{% unread_count %}]").render(Context()) == "[]"


def test_the_count_is_current_and_belongs_to_the_user(
    render: Callable[..., str], alice: Any, bob: Any, give: Callable[..., None]
) -> None:
    give(alice, "One")
    give(bob, "One", "Two")

    assert render("{% unread_count %}", alice) == "1"
    assert render("{% unread_count %}", bob) == "2"
    mark_read(bob, upto=2)
    assert render("{% unread_count %}", bob) == "0"
    assert render("{% unread_count %}", alice) == "1"


def test_the_count_is_that_of_the_request_not_of_the_user_in_the_context(
    rf: RequestFactory, alice: Any, bob: Any, give: Callable[..., None]
) -> None:
    give(alice, "One")
    request = rf.get("/people/bob/")
    request.user = alice

    context = Context({"request": request, "user": bob})

    assert Template("{% load realtime_notify %}{% unread_count %}").render(context) == "1"


def test_without_a_request_the_user_of_the_context_is_asked(
    alice: Any, give: Callable[..., None]
) -> None:
    give(alice, "One")
    source = "{% load realtime_notify %}{% unread_count %}"

    assert Template(source).render(Context({"user": alice})) == "1"


def test_the_count_costs_one_query(
    render: Callable[..., str], alice: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        render("{% unread_count %}", alice)


def test_has_unread_can_be_tested_in_a_template(
    alice: Any, bob: Any, give: Callable[..., None]
) -> None:
    give(alice, "One")
    source = "{% load realtime_notify %}{% if who|has_unread %}yes{% else %}no{% endif %}"

    said = [
        Template(source).render(Context({"who": who}))
        for who in (alice, bob, AnonymousUser(), None, "")
    ]

    assert said == ["yes", "no", "no", "no", "no"]


def test_the_newest_are_listed(
    render: Callable[..., str], alice: Any, give: Callable[..., None]
) -> None:
    give(alice, "First", "Second")
    give(alice, "<b>Third", url="/posts/1/")

    html = render("{% render_notifications 2 %}", alice)

    assert re.findall(r"First|Second|Third", html) == ["Third", "Second"]
    assert "&lt;b&gt;Third" in html
    assert re.search(r'<a href="/notifications/go/\d+/">&lt;b&gt;Third</a>', html)
    assert html.count("data-unread") == 2
    assert "3 unread" in html


def test_eight_notifications_are_listed_by_default(
    render: Callable[..., str], alice: Any, give: Callable[..., None]
) -> None:
    give(alice, *(f"Number {number}" for number in range(10)))

    assert render("{% render_notifications %}", alice).count("<li") == 8


def test_listing_costs_two_queries(
    render: Callable[..., str],
    alice: Any,
    give: Callable[..., None],
    django_assert_num_queries: Any,
) -> None:
    give(alice, *(f"Number {number}" for number in range(10)))

    with django_assert_num_queries(2):
        render("{% render_notifications %}", alice)


def test_an_anonymous_visitor_gets_an_empty_list(render: Callable[..., str]) -> None:
    assert render("{% render_notifications 8 %}") == ""


def test_the_list_takes_a_template_of_the_project(
    render: Callable[..., str], alice: Any, give: Callable[..., None], settings: Any, tmp_path: Any
) -> None:
    give(alice, "One")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    (tmp_path / "mine.html").write_text("{{ unread }} of {{ request.user }}: {{ notifications.0 }}")
    (tmp_path / "realtime_notify").mkdir()
    (tmp_path / "realtime_notify/notifications.html").write_text("Everywhere")

    mine = render('{% render_notifications template_name="mine.html" %}', alice)

    assert mine == "1 of alice: One"
    assert render("{% render_notifications %}", alice) == "Everywhere"


def test_unsubscribe_instructions_hold_the_link(render: Callable[..., str], alice: Any) -> None:
    subscription = subscribe(alice, "a/b")
    source = "{% load realtime_notify %}{% unsubscribe_instructions subscription "
    context = Context({"subscription": subscription})
    path = f"/notifications/unsubscribe/{subscription.secret}/"

    plain = Template(source + "%}").render(context)
    assert plain.strip() == f"To stop these messages, open {path}"

    mailed = Template(source + 'base_url="https://example.com/" %}').render(context)
    assert f"https://example.com{path}" in mailed


def test_unsubscribe_instructions_are_absolute_in_a_request(rf: RequestFactory, alice: Any) -> None:
    subscription = subscribe(alice, "a/b")
    context = Context({"request": rf.get("/"), "subscription": subscription})

    text = Template("{% load realtime_notify %}{% unsubscribe_instructions subscription %}")

    assert "open http://testserver/notifications/unsubscribe/" in text.render(context)


def test_a_subscription_without_a_secret_has_no_instructions() -> None:
    context = Context({"subscription": Subscription(secret="")})

    text = Template("{% load realtime_notify %}[{% unsubscribe_instructions subscription %}]")

    assert text.render(context) == "[]"


def test_a_list_shows_texts_in_the_language_of_the_page(
    render: Callable[..., str], alice: Any, make_notification: Any
) -> None:
    make_notification(alice, text("%(age)s ago", age="<Ann>"))

    with translation.override("de"):
        assert "vor &lt;Ann&gt;" in render("{% render_notifications %}", alice)
