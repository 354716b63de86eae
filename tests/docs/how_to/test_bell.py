"""docs/how-to/bell.md, run."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from tests.docs.conftest import Names
from tests.pages import labelled


@pytest.mark.django_db
def test_one_setting_says_that_a_site_has_no_socket(
    rf: RequestFactory, alice: Any, settings: Any
) -> None:
    names: Names = {}
    exec(labelled("no-socket"), names)
    settings.REALTIME_NOTIFY = names["REALTIME_NOTIFY"]
    request = rf.get("/")
    request.user = alice

    page = "{% load realtime_notify %}{% notify_bell %}{% notify_toasts %}"
    html = Template(page).render(Context({"request": request}))

    assert html.count('socket="off"') == 2
