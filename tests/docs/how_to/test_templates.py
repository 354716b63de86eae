"""docs/how-to/templates.md, run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.template import Context, Template
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
