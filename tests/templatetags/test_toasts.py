"""The elements that tell of arrivals outside of the panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

pytestmark = pytest.mark.django_db


def test_it_has_a_script_and_the_addresses_of_the_bell(
    render: Callable[..., str], alice: Any
) -> None:
    html = render("{% notify_toasts %}", alice)

    assert html == (
        '<script type="module" src="/static/realtime_notify/notify-toasts.js"></script>'
        '<notify-toasts ws-url="/ws/notifications/?language=en-us" api-url="/notifications/api/" '
        f'inbox-url="/notifications/" user="{alice.pk}" '
        'bell-url="/static/realtime_notify/notify-bell.js" '
        'panel-url="/static/realtime_notify/notify-panel.js"></notify-toasts>'
    )


def test_it_costs_no_query(
    render: Callable[..., str], alice: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        render("{% notify_toasts %}", alice)


def test_arguments_become_attributes(render: Callable[..., str], alice: Any) -> None:
    html = render('{% notify_toasts position="top-end" max=5 levels=None %}', alice)

    assert 'position="top-end" max="5"></notify-toasts>' in html


def test_its_script_has_the_nonce_of_the_page(render: Callable[..., str], alice: Any) -> None:
    assert 'nonce="abc"' in render("{% notify_toasts %}", alice, csp_nonce="abc")


def test_nobody_who_is_not_signed_in_has_toasts(render: Callable[..., str]) -> None:
    assert render("{% notify_toasts %}") == ""


def test_the_ways_to_tell_are_chosen_by_arguments(render: Callable[..., str], alice: Any) -> None:
    html = render('{% notify_alerts title_count=True sound="" desktop=False %}', alice)

    assert html.startswith(
        '<script type="module" src="/static/realtime_notify/notify-alerts.js"></script>'
    )
    assert html.endswith(' title-count="" sound=""></notify-alerts>')
    assert render("{% notify_alerts %}") == ""


def test_they_speak_the_language_of_the_page(render: Callable[..., str], alice: Any) -> None:
    with translation.override("de"):
        html = render("{% notify_toasts %}", alice)

    assert 'lang="de" texts="{&quot;' in html
