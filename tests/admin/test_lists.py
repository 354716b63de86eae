"""The admin's lists: every table opens, can be searched, and takes few queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client

from realtime_notify import notify, opt_out, subscribe
from tests.admin.pages import MODELS, list_url


@pytest.mark.usefixtures("rows")
def test_every_table_has_an_admin() -> None:
    known = {model._meta.model_name for model in admin.site._registry}

    assert set(MODELS) <= known
    assert len(MODELS) > 10


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("query", ["", "?q=alice", "?q=1"])
def test_every_list_opens_and_searches(superuser: Client, model: str, query: str) -> None:
    assert superuser.get(list_url(model) + query).status_code == 200


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("model", "term", "count"),
    [
        ("event", "blog/", 1),
        ("event", "shop/", 0),
        ("event", "once", 1),
        ("inbox", "ali", 1),
        ("inbox", "bob", 0),
        ("notification", "alice", 1),
        ("notification", "zoe", 0),
        ("subscription", "blog/new", 1),
        ("subscription", "Reader@", 1),
        ("optout", "bob", 1),
        ("deliveryprofile", "ali", 1),
        ("deliveryprofile", "bob", 0),
        ("subscription", "alice", 1),
        ("notificationtype", "new", 1),
        ("dispatch", "ali", 1),
        ("dispatch", "bob", 0),
        ("dispatch", "ann@example.com", 0),
    ],
)
def test_a_search_finds_what_its_help_text_promises(
    superuser: Client, model: str, term: str, count: int
) -> None:
    answer = superuser.get(list_url(model), {"q": term})

    assert answer.context["cl"].result_count == count


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("model", "of"), [("event", "pk"), ("notification", "pk"), ("notification", "event_id")]
)
def test_a_number_finds_a_row_by_its_id(superuser: Client, model: str, of: str) -> None:
    row: Any = apps.get_model("realtime_notify", model)._default_manager.first()

    answer = superuser.get(list_url(model), {"q": getattr(row, of)})

    assert answer.context["cl"].result_count == 1
    assert superuser.get(list_url(model), {"q": "9" * 30}).context["cl"].result_count == 0


@pytest.mark.usefixtures("rows")
def test_a_list_takes_the_same_queries_however_long_it_is(
    superuser: Client, users: Any, deliver_notifications: Any, django_assert_max_num_queries: Any
) -> None:
    people = users(30)
    event = notify("For many", "blog/new", recipients=people, actors=people)
    deliver_notifications()
    for number, person in enumerate(people):
        subscribe(person, f"blog/{number}", event.actor, filters={"room": number}, media=["email"])
        subscribe(Group.objects.create(name=f"Group {number}"), "blog/new")
        opt_out(person, f"blog/{number}", medium="email")
        opt_out(person, group=f"group {number}", target=event.actor)

    for model in MODELS:
        with django_assert_max_num_queries(8):
            superuser.get(list_url(model))


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", ["event", "notification"])
def test_no_list_loads_the_people_whom_its_events_named(
    superuser: Client, model: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(30) as queries:
        superuser.get(list_url(model))

    selected = [query["sql"].partition(" FROM ")[0] for query in queries]
    assert any("message" in columns for columns in selected)
    assert not any("audience" in columns.replace("has_own_audience", "") for columns in selected)
    assert not any("stragglers" in columns for columns in selected)
