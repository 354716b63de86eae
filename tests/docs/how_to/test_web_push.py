"""docs/how-to/web-push.md, run."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from realtime_notify.checks import check_settings
from realtime_notify.media.webpush import vapid
from realtime_notify.media.webpush.checks import check_webpush
from tests.pages import labelled


@pytest.fixture
def page_settings(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the page, with a key in the environment."""
    monkeypatch.setenv("VAPID_PRIVATE_KEY", vapid.generate())
    names: dict[str, Any] = {"os": os}
    exec(labelled("web-push-settings"), names)
    settings.REALTIME_NOTIFY = names["REALTIME_NOTIFY"]


@pytest.mark.usefixtures("page_settings")
def test_the_settings_of_the_page_are_all_it_takes() -> None:
    assert check_settings(None) == check_webpush(None) == []


@pytest.mark.usefixtures("page_settings")
def test_the_tag_shows_the_switch(rf: RequestFactory, alice: Any) -> None:
    request = rf.get("/")
    request.user = alice

    html = Template(labelled("web-push-tag")).render(Context({"request": request}))

    assert "<notify-push" in html
