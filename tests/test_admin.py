"""The admin: it opens, finds, and changes no row behind the verbs' back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.test import Client

from realtime_notify import notify, subscribe
from realtime_notify.models import Event, EventActor, Inbox, Notification, Subscription

MODELS = ["notificationtype", "event", "eventactor", "inbox", "notification", "subscription"]


@pytest.fixture
def superuser(db: None, client: Client) -> Client:
    """Somebody who may see everything."""
    user = get_user_model()._default_manager.create(
        username="root", is_staff=True, is_superuser=True
    )
    client.force_login(user)
    return client


@pytest.fixture
def rows(alice: Any, bob: Any, deliver_notifications: Callable[[], int]) -> None:
    """A row of everything."""
    subscribe(alice, "blog/new")
    notify("The kettle is on", "blog/new", actors=[alice, bob], dedupe_key="once")
    deliver_notifications()


def address(model: str) -> str:
    return f"/admin/realtime_notify/{model}/"


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("query", ["", "?q=alice", "?q=1"])
def test_every_list_opens_and_searches(superuser: Client, model: str, query: str) -> None:
    assert superuser.get(address(model) + query).status_code == 200


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
        ("subscription", "alice", 1),
        ("notificationtype", "new", 1),
    ],
)
def test_a_search_finds_what_it_says(superuser: Client, model: str, term: str, count: int) -> None:
    answer = superuser.get(address(model), {"q": term})

    assert answer.context["cl"].result_count == count


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("model", "of"), [("event", "pk"), ("notification", "pk"), ("notification", "event_id")]
)
def test_a_number_finds_a_row_by_its_id(superuser: Client, model: str, of: str) -> None:
    row: Any = apps.get_model("realtime_notify", model)._default_manager.first()

    answer = superuser.get(address(model), {"q": getattr(row, of)})

    assert answer.context["cl"].result_count == 1
    assert superuser.get(address(model), {"q": "9" * 30}).context["cl"].result_count == 0


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", MODELS)
def test_every_row_opens(superuser: Client, model: str) -> None:
    row: Any = apps.get_model("realtime_notify", model)._default_manager.first()

    assert superuser.get(f"{address(model)}{quote(row.pk)}/change/").status_code == 200


@pytest.mark.usefixtures("rows")
def test_a_list_takes_the_same_queries_however_long_it_is(
    superuser: Client, users: Any, deliver_notifications: Any, django_assert_max_num_queries: Any
) -> None:
    notify("For many", "blog/new", recipients=users(30))
    deliver_notifications()

    for model in MODELS:
        with django_assert_max_num_queries(7):
            superuser.get(address(model))


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", [Event, EventActor, Inbox, Notification])
def test_rows_that_the_verbs_keep_cannot_be_added_changed_or_deleted(
    superuser: Client, model: Any
) -> None:
    pk = model._default_manager.first().pk
    name = address(model._meta.model_name)

    assert superuser.get(f"{name}add/").status_code == 403
    assert superuser.post(f"{name}{pk}/change/", {}).status_code == 403
    assert superuser.post(f"{name}{pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.usefixtures("rows")
def test_a_type_keeps_its_key(superuser: Client) -> None:
    page = superuser.get(f"{address('notificationtype')}blog_2Fnew/change/")

    assert 'name="label"' in page.content.decode()
    assert 'name="key"' not in page.content.decode()
    assert 'name="key"' in superuser.get(f"{address('notificationtype')}add/").content.decode()


@pytest.mark.usefixtures("rows")
def test_a_subscription_may_be_ended_but_not_made_here(superuser: Client) -> None:
    one = Subscription.objects.get()

    assert superuser.get(f"{address('subscription')}add/").status_code == 403
    superuser.post(f"{address('subscription')}{one.pk}/delete/", {"post": "yes"})

    assert not Subscription.objects.exists()
