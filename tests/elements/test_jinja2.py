"""The functions in Jinja2 give what the template tags give."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

from realtime_notify.media.webpush import vapid


@pytest.fixture
def engine() -> Jinja2:
    """The backend, set up as the guide says."""
    return Jinja2(
        {
            "NAME": "jinja2",
            "DIRS": [],
            "APP_DIRS": False,
            "OPTIONS": {"extensions": ["realtime_notify.jinja2.NotifyExtension"]},
        }
    )


def same(html: str) -> str:
    """Return HTML without what differs in each page: the CSRF token's mask."""
    return re.sub(r'value="\w{64}"', "", html)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("function", "tag"),
    [
        ("notify_scripts()", "notify_scripts"),
        ("notify_bell(label='<Post>', theme='dark')", "notify_bell label='<Post>' theme='dark'"),
        ("notify_inbox(3, socket='off')", "notify_inbox 3 socket='off'"),
        ("notify_toasts(theme='dark')", "notify_toasts theme='dark'"),
        ("notify_alerts(title_count=True)", "notify_alerts title_count=True"),
        ("notify_push(theme='dark')", "notify_push theme='dark'"),
        ("unread_count()", "unread_count"),
    ],
)
@pytest.mark.parametrize("signed_in", [True, False])
def test_a_function_gives_what_the_tag_gives(
    function: str,
    tag: str,
    signed_in: bool,
    engine: Jinja2,
    alice: Any,
    rf: RequestFactory,
    settings: Any,
    make_notification: Any,
) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["webpush"], "VAPID_PRIVATE_KEY": vapid.generate()}
    make_notification(alice, "<b>Tea</b>")
    request = rf.get("/here/")
    request.user = alice if signed_in else AnonymousUser()
    request.csp_nonce = SimpleLazyObject(lambda: "abc")  # type: ignore[attr-defined]

    by_jinja = engine.from_string("{{" + function + "}}").render({}, request)
    source = "{% load realtime_notify %}{% " + tag + " %}"
    by_django = engines["django"].from_string(source).render({}, request)

    assert same(by_jinja) == same(by_django)
    assert by_jinja or not signed_in


def test_without_a_request_it_says_what_to_do(engine: Jinja2) -> None:
    with pytest.raises(LookupError, match="render\\(request"):
        engine.from_string("{{ notify_bell() }}").render({})
