"""The switch for pushes to this browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from realtime_notify.media.webpush import vapid

pytestmark = pytest.mark.django_db

KEY = vapid.generate()


@pytest.fixture(autouse=True)
def pushing(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["webpush"], "VAPID_PRIVATE_KEY": KEY}


def test_it_knows_the_site_and_its_user(render: Callable[..., str], alice: Any) -> None:
    html = render("{% notify_push %}", alice)

    assert '<script type="module" src="/static/realtime_notify/notify-push.js"></script>' in html
    assert f'key="{vapid.public_key()}"' in html
    assert f'user="{alice.pk}"' in html
    assert 'api-url="/notifications/api/"' in html
    assert 'worker-url="/notifications/push-worker.js"' in html
    assert 'scope="/notifications/"' in html
    assert KEY not in html


def test_its_attributes_can_be_given(render: Callable[..., str], alice: Any) -> None:
    assert 'theme="dark"' in render('{% notify_push theme="dark" %}', alice)


def test_its_script_has_the_nonce_of_the_page(render: Callable[..., str], alice: Any) -> None:
    assert 'nonce="abc"' in render("{% notify_push %}", alice, csp_nonce="abc")


@pytest.mark.parametrize(
    "missing", [{"MEDIA": []}, {"VAPID_PRIVATE_KEY": ""}], ids=["medium", "key"]
)
def test_a_site_that_does_not_push_has_no_switch(
    render: Callable[..., str], alice: Any, settings: Any, missing: dict[str, Any]
) -> None:
    settings.REALTIME_NOTIFY = {**settings.REALTIME_NOTIFY, **missing}

    assert render("{% notify_push %}", alice) == ""


def test_nobody_who_is_not_signed_in_has_a_switch(render: Callable[..., str]) -> None:
    assert render("{% notify_push %}") == ""
