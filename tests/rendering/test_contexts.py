"""Contexts of events, serialised."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Group

from realtime_notify import subscribe
from tests.blog.models import Company, Employment
from tests.rendering.conftest import USER, happen, hint, renderer

pytestmark = pytest.mark.django_db


def test_a_serialised_context_is_json_with_objects_in_it(newsfeed, short, logins, alice):
    company = Company.objects.create(name="Oven Ltd")
    job = Employment.objects.create(company=company, user=alice, title="cook")
    alice.groups.add(Group.objects.create(name="cooks"))
    key = alice.pk if isinstance(alice.pk, int) else str(alice.pk)
    newsfeed.additional_context = {"footer": "Bye"}
    renderer(
        short,
        logins,
        hints={
            "job": hint("blog.Employment", select_related=["company", "user"]),
            "user": {**USER, "prefetch_related": ["groups"], "fields": ["username"]},
        },
    )
    event = happen(job=job.pk, deep=[{"user": key}], gone=[404], text='{"a": 1}')

    shown = event.serialised_context(newsfeed)

    assert json.loads(json.dumps(shown)) == shown
    assert (shown["key"], shown["message"], shown["footer"]) == ("login", "Hello", "Bye")
    assert shown["text"] == '{"a": 1}'
    assert shown["job"]["company"] == {"id": str(company.pk), "name": "Oven Ltd"}
    assert (shown["job"]["title"], shown["job"]["user"]["username"]) == ("cook", "alice")
    assert "password" not in shown["job"]["user"]
    (inside,) = shown["deep"]
    assert inside["user"]["username"] == "alice"
    assert [one["name"] for one in inside["user"]["groups"]] == ["cooks"]
    assert inside["user"].keys() == {"username", "groups"}


def test_a_context_needs_no_renderer_to_be_serialised(newsfeed, logins, alice):
    subscribe(alice, "login")

    assert happen(name="Jeff").serialised_context(newsfeed)["name"] == "Jeff"
