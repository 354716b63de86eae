"""docs/how-to/templates.md, run."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.template import Context, Template
from django.template.backends.jinja2 import Jinja2
from django.test import Client, RequestFactory

from tests.docs.conftest import Example
from tests.pages import labelled


def test_the_functions_give_what_the_tags_give(
    example: Example, alice: Any, rf: RequestFactory
) -> None:
    request = rf.get("/")
    request.user = alice

    names = example("functions", request=request)

    tags = '{% load realtime_notify %}{% notify_scripts %} {% notify_bell label="Post" %}'
    page = Template(tags).render(Context({"request": request}))
    assert page == f"{names.head} {names.header}"
    assert 'label="Post"' in page


def test_the_inbox_page_takes_a_site_around_it(
    alice: Any, client: Client, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "realtime_notify").mkdir()
    (tmp_path / "realtime_notify/base.html").write_text(labelled("inbox-base"))
    (tmp_path / "base.html").write_text(
        "{% block head %}{% endblock %}My site{% block content %}{% endblock %}"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    client.force_login(alice)

    page = client.get("/notifications/").content.decode()

    assert "My site" in page
    assert "realtime_notify/inbox.css" in page
    assert "rn-inbox" in page


def test_jinja2_knows_the_functions(example: Example, alice: Any, rf: RequestFactory) -> None:
    (backend,) = example("jinja2").TEMPLATES
    request = rf.get("/")
    request.user = alice
    options = {"NAME": "jinja2", "DIRS": [], "APP_DIRS": False, "OPTIONS": backend["OPTIONS"]}
    engine = Jinja2(options)

    page = engine.from_string("{{ notify_bell(label='Post') }}").render({}, request)

    assert 'label="Post"' in page


@pytest.mark.django_db
def test_a_hook_without_a_request_adds_the_bell(example: Example, monkeypatch: Any) -> None:
    hooks = ModuleType("wagtail.hooks")
    hooks.register = lambda name: lambda function: function  # type: ignore[attr-defined]
    wagtail = ModuleType("wagtail")
    wagtail.hooks = hooks  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "wagtail", wagtail)

    added = example("hook").add_bell()

    assert added.startswith("<script")
    assert added.endswith("</notify-bell>")
