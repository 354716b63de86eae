"""The template tags, in the pages of a project."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.urls import set_script_prefix
from django.utils.functional import SimpleLazyObject

from realtime_notify import mark_read, notify, subscribe
from realtime_notify.models import Subscription


@pytest.fixture
def render(rf: RequestFactory) -> Callable[..., str]:
    """Render a template for somebody's request."""

    def make(source: str, user: Any = None, **attributes: Any) -> str:
        request = rf.get("/")
        request.user = user or AnonymousUser()
        for name, value in attributes.items():
            setattr(request, name, value)
        context = Context({"request": request})
        return Template("{% load realtime_notify %}" + source).render(context)

    return make


def test_the_script_is_a_module(render: Callable[..., str]) -> None:
    assert render("{% notify_scripts %}") == (
        '<script type="module" src="/static/realtime_notify/notify-bell.js"></script>'
    )


def test_the_script_needs_no_request() -> None:
    html = Template("{% load realtime_notify %}{% notify_scripts %}").render(Context())

    assert "notify-bell.js" in html


def test_the_script_carries_the_nonce_of_the_page(render: Callable[..., str]) -> None:
    html = render("{% notify_scripts %}", csp_nonce=SimpleLazyObject(lambda: 'abc"'))

    assert 'nonce="abc&quot;"' in html


def test_a_nonce_is_not_made_where_the_tag_does_not_stand(render: Callable[..., str]) -> None:
    made = []
    render("{% notify_bell %}", csp_nonce=SimpleLazyObject(lambda: made.append(1)))

    assert made == []


def test_the_csrf_token_is_in_the_page_when_scripts_cannot_read_the_cookie(
    render: Callable[..., str], alice: Any, settings: Any
) -> None:
    settings.CSRF_COOKIE_HTTPONLY = True

    html = render("{% notify_scripts %}", alice)

    assert re.search(r'<meta name="csrf-token" content="\w{64}"><script', html)
    assert "<meta" not in render("{% notify_scripts %}")


def test_nobody_signed_in_has_no_bell(render: Callable[..., str]) -> None:
    assert render("{% notify_bell %}") == ""


def test_the_bell_knows_its_addresses_and_the_count(
    render: Callable[..., str], alice: Any, deliver_notifications: Callable[[], int]
) -> None:
    notify("One", "a/b", recipients=[alice])
    notify("Two", "a/b", recipients=[alice])
    deliver_notifications()

    html = render("{% notify_bell %}", alice)

    assert html == (
        '<notify-bell ws-url="/ws/notifications/" api-url="/notifications/api/" '
        f'inbox-url="/notifications/" user="{alice.pk}" unread="2" label="Notifications">'
        '<a href="/notifications/">Notifications (2)</a></notify-bell>'
    )


def test_the_bell_takes_more_attributes_and_escapes_them(
    render: Callable[..., str], alice: Any
) -> None:
    html = render('{% notify_bell label="<b>Post" data_place=5 quiet=True theme=None %}', alice)

    assert 'label="&lt;b&gt;Post"' in html
    assert ">&lt;b&gt;Post (0)<" in html
    assert 'data-place="5"' in html
    assert 'quiet=""' in html
    assert "theme" not in html


def test_the_bell_follows_the_setting_of_the_socket(
    render: Callable[..., str], alice: Any, settings: Any
) -> None:
    settings.REALTIME_NOTIFY = {"WEBSOCKET_PATH": "/live/"}

    assert 'ws-url="/live/"' in render("{% notify_bell %}", alice)


def test_the_bell_costs_one_query(
    render: Callable[..., str], alice: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        render("{% notify_bell %}", alice)


def test_a_page_with_a_bell_sets_the_csrf_cookie(alice: Any, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = alice
    Template("{% load realtime_notify %}{% notify_bell %}").render(Context({"request": request}))

    assert request.META["CSRF_COOKIE_NEEDS_UPDATE"]


def test_the_bell_without_a_request_says_what_to_do() -> None:
    with pytest.raises(TemplateSyntaxError, match=r"context_processors\.request"):
        Template("{% load realtime_notify %}{% notify_bell %}").render(Context())


# Without the bell


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


def test_nobody_signed_in_has_no_count(render: Callable[..., str]) -> None:
    assert render("[{% unread_count %}]") == "[]"
    assert Template("{% load realtime_notify %}[{% unread_count %}]").render(Context()) == "[]"


def test_the_count_is_each_persons_own_and_that_of_now(
    render: Callable[..., str], alice: Any, bob: Any, give: Callable[..., None]
) -> None:
    give(alice, "One")
    give(bob, "One", "Two")

    assert render("{% unread_count %}", alice) == "1"
    assert render("{% unread_count %}", bob) == "2"
    mark_read(bob, upto=2)
    assert render("{% unread_count %}", bob) == "0"
    assert render("{% unread_count %}", alice) == "1"


def test_the_count_is_that_of_who_asks_though_the_page_is_about_somebody_else(
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


def test_whether_somebody_has_unread_ones_can_be_asked(
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


def test_eight_are_listed_when_nothing_else_is_said(
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


def test_nobody_signed_in_is_listed_nothing(render: Callable[..., str]) -> None:
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


def test_how_to_unsubscribe_is_said_with_an_address(render: Callable[..., str], alice: Any) -> None:
    subscription = subscribe(alice, "a/b")
    source = "{% load realtime_notify %}{% unsubscribe_instructions subscription "
    context = Context({"subscription": subscription})
    path = f"/notifications/unsubscribe/{subscription.secret}/"

    plain = Template(source + "%}").render(context)
    assert plain.strip() == f"To stop these messages, open {path}"

    mailed = Template(source + 'base_url="https://example.com/" %}').render(context)
    assert f"https://example.com{path}" in mailed


def test_how_to_unsubscribe_is_absolute_where_there_is_a_request(
    rf: RequestFactory, alice: Any
) -> None:
    subscription = subscribe(alice, "a/b")
    context = Context({"request": rf.get("/"), "subscription": subscription})

    text = Template("{% load realtime_notify %}{% unsubscribe_instructions subscription %}")

    assert "open http://testserver/notifications/unsubscribe/" in text.render(context)


def test_a_subscription_without_a_secret_has_no_address() -> None:
    context = Context({"subscription": Subscription(secret="")})

    text = Template("{% load realtime_notify %}[{% unsubscribe_instructions subscription %}]")

    assert text.render(context) == "[]"


def test_below_a_path_the_bell_asks_below_it_too(alice: Any, render: Callable[..., str]) -> None:
    set_script_prefix("/app/")
    try:
        bell = render("{% notify_bell %}", alice)
    finally:
        set_script_prefix("/")

    assert 'ws-url="/app/ws/notifications/"' in bell
    assert 'api-url="/app/notifications/api/"' in bell
