"""The script and the bell."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.urls import set_script_prefix
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from realtime_notify import notify
from realtime_notify.media.webpush import vapid


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


def test_a_page_without_the_tag_generates_no_nonce(render: Callable[..., str]) -> None:
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


def test_an_anonymous_visitor_gets_no_bell(render: Callable[..., str]) -> None:
    assert render("{% notify_bell %}") == ""


def test_the_bell_has_its_urls_and_the_count(
    render: Callable[..., str], alice: Any, deliver_notifications: Callable[[], int]
) -> None:
    notify("One", "a/b", recipients=[alice])
    notify("Two", "a/b", recipients=[alice])
    deliver_notifications()

    html = render("{% notify_bell %}", alice)

    assert html == (
        '<notify-bell ws-url="/ws/notifications/?language=en-us" api-url="/notifications/api/" '
        f'inbox-url="/notifications/" user="{alice.pk}" '
        'panel-url="/static/realtime_notify/notify-panel.js" '
        'menu-url="/static/realtime_notify/notify-menu.js" unread="2" label="Notifications">'
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

    assert 'ws-url="/live/?' in render("{% notify_bell %}", alice)


def test_the_bell_asks_for_the_language_of_its_page(render: Callable[..., str], alice: Any) -> None:
    with translation.override("de"):
        assert 'ws-url="/ws/notifications/?language=de"' in render("{% notify_bell %}", alice)


def test_the_bell_of_a_site_without_translations_names_no_language(
    render: Callable[..., str], alice: Any, settings: Any
) -> None:
    settings.USE_I18N = False

    assert 'ws-url="/ws/notifications/"' in render("{% notify_bell %}", alice)


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


def test_the_bell_respects_the_script_prefix(alice: Any, render: Callable[..., str]) -> None:
    set_script_prefix("/app/")
    try:
        bell = render("{% notify_bell %}", alice)
    finally:
        set_script_prefix("/")

    assert 'ws-url="/app/ws/notifications/?' in bell
    assert 'api-url="/app/notifications/api/"' in bell


def test_the_bell_of_a_page_in_english_has_no_texts(render: Callable[..., str], alice: Any) -> None:
    html = render("{% notify_bell %}", alice)

    assert "texts" not in html
    assert " lang=" not in html


def test_the_bell_has_texts_in_the_language_of_its_page(
    render: Callable[..., str], alice: Any
) -> None:
    with translation.override("de"):
        html = unescape(render("{% notify_bell %}", alice))

    assert 'lang="de"' in html
    assert '"triggerNone":"{label}, alles gelesen"' in html
    assert re.search(r'texts-url="/notifications/api/texts/panel/de/\?version=[0-9a-f]{12}"', html)
    assert "Schließen" not in html


def test_the_switch_for_pushes_has_its_texts(
    render: Callable[..., str], alice: Any, settings: Any
) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["webpush"], "VAPID_PRIVATE_KEY": vapid.generate()}

    with translation.override("de"):
        html = unescape(render("{% notify_push %}", alice))

    assert '"turnOn":"Einschalten"' in html
