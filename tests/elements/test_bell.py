"""The bell where there is no request: in hooks of other packages."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from realtime_notify.elements import bell, scripts


def test_without_a_request_it_takes_the_user(alice: Any, make_notification: Any) -> None:
    make_notification(alice)

    html = bell(user=alice, label="Post")

    assert f'user="{alice.pk}"' in html
    assert 'unread="1"' in html
    assert ">Post (1)<" in html


def test_with_neither_the_browser_finds_out_who_it_is(django_assert_num_queries: Any) -> None:
    html = bell()

    assert "user=" not in html
    assert "unread=" not in html
    assert '<a href="/notifications/">Notifications</a>' in html
    assert "notify-bell.js" in scripts()


@pytest.mark.django_db
def test_nobody_who_is_not_signed_in_has_one(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()

    assert bell(user=AnonymousUser()) == ""
    assert bell(request) == ""
    assert bell(rf.get("/")) == ""


def test_a_template_goes_into_the_element(
    alice: Any, rf: RequestFactory, settings: Any, tmp_path: Any
) -> None:
    (tmp_path / "inside.html").write_text('<svg slot="icon"></svg>{{ request.path }}')
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    request = rf.get("/here/")
    request.user = alice

    html = bell(request, inside="inside.html")

    assert html.endswith('</a><svg slot="icon"></svg>/here/</notify-bell>')
