"""The admin: it opens, finds, and changes no row behind the verbs' back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client

from realtime_notify import inbox, notify, opt_out, subscribe
from realtime_notify.models import (
    DeliveryProfile,
    Event,
    EventActor,
    EventFilter,
    EventSeen,
    Inbox,
    Medium,
    Notification,
    NotificationType,
    Renderer,
    RenderingStyle,
    Subscription,
    SubscriptionFilter,
    TypeGroup,
)
from realtime_notify.wire import push

MODELS = [
    str(model._meta.model_name) for model in apps.get_app_config("realtime_notify").get_models()
]


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
    options: dict[str, Any] = {"dedupe_key": "once", "filters": {"room": "kitchen"}}
    event = notify("The kettle is on", "blog/new", actors=[alice, bob], **options)
    deliver_notifications()
    one = subscribe("reader@example.com", "blog/other", filters={"room": "attic"})
    one.media.add(Medium.objects.named("email"))
    opt_out(bob, group="blog", medium="inbox")
    DeliveryProfile.objects.default_of(alice)
    EventSeen.objects.create(event=event, medium=Medium.objects.named("email"))
    style = RenderingStyle.objects.create(name="short")
    Renderer.objects.create(name="blog", style=style, type_id="blog/new")


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
        ("subscription", "Reader@", 1),
        ("optout", "bob", 1),
        ("deliveryprofile", "ali", 1),
        ("deliveryprofile", "bob", 0),
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
            superuser.get(address(model))


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    "model",
    [Event, EventActor, EventFilter, Inbox, Notification, EventSeen, SubscriptionFilter],
)
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
    one = Subscription.objects.get(email="")

    assert superuser.get(f"{address('subscription')}add/").status_code == 403
    superuser.post(f"{address('subscription')}{one.pk}/delete/", {"post": "yes"})

    assert not Subscription.objects.filter(email="").exists()
    assert Notification.objects.filter(subscription=None).count() == 1


@pytest.mark.usefixtures("rows")
def test_the_admin_of_every_table_is_there() -> None:
    known = {model._meta.model_name for model in admin.site._registry}

    assert set(MODELS) <= known
    assert len(MODELS) > 10


@pytest.mark.usefixtures("rows")
def test_an_event_shows_how_often_it_failed_and_why(superuser: Client) -> None:
    event = Event.objects.get()
    Event.objects.filter(pk=event.pk).update(attempts=4, last_error="OperationalError: gone away")

    html = superuser.get(f"{address('event')}{event.pk}/change/").content.decode()

    assert "OperationalError: gone away" in html
    assert "failed attempts" in html.lower()
    assert 'name="last_error"' not in html


def choose(client: Client, model: str, action: str, rows: Any) -> Any:
    """Do with the chosen rows of a list what an action says."""
    chosen = {"action": action, "_selected_action": [row.pk for row in rows], "post": "yes"}
    return client.post(address(model), chosen, follow=True)


def test_marking_in_the_admin_keeps_the_counters_and_tells_the_browsers(
    superuser: Client,
    alice: Any,
    bob: Any,
    deliver_notifications: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    for message in ("One", "Two"):
        notify(message, "blog/new", recipients=[alice, bob])
    deliver_notifications()
    told: list[Any] = []
    ear = push.Listener(told.append)
    push.listen(ear)

    with django_capture_on_commit_callbacks(execute=True):
        answer = choose(superuser, "notification", "mark_read", Notification.objects.all())
    push.unlisten(ear)

    assert "4 notifications" in answer.content.decode()
    assert inbox.counts(alice) == {"rev": 3, "unread": 0, "unseen": 0}
    assert inbox.unread_count(bob) == 0
    assert sorted(one["user"] for one in told) == sorted([str(alice.pk), str(bob.pk)])
    choose(superuser, "notification", "mark_unread", Notification.objects.filter(user=bob))
    assert (inbox.unread_count(alice), inbox.unread_count(bob)) == (0, 2)
    choose(superuser, "notification", "archive", Notification.objects.filter(user=bob))
    assert inbox.unread_count(bob) == 0


def test_who_may_only_look_marks_nothing(
    client: Client, alice: Any, deliver_notifications: Any
) -> None:
    notify("One", "blog/new", recipients=[alice])
    deliver_notifications()
    clerk = get_user_model()._default_manager.create(username="clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(clerk)

    html = client.get(address("notification")).content.decode()
    choose(client, "notification", "mark_read", Notification.objects.all())

    assert "mark_read" not in html
    assert inbox.unread_count(alice) == 1


def test_subscriptions_rest_and_are_taken_up_again(superuser: Client, users: Any) -> None:
    for person in users(3):
        subscribe(person, "blog/new")
    rows = Subscription.objects.all()

    choose(superuser, "subscription", "deactivate", rows[:2])
    assert Subscription.objects.filter(active=True).count() == 1
    answer = choose(superuser, "subscription", "activate", rows)

    assert "2 subscriptions changed." in answer.content.decode()
    assert Subscription.objects.filter(active=True).count() == 3


def test_many_subscriptions_are_ended_at_once(superuser: Client, users: Any) -> None:
    for person in users(3):
        subscribe(person, "blog/new")

    choose(superuser, "subscription", "delete_selected", Subscription.objects.all())

    assert not Subscription.objects.exists()


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("model", "pk"),
    [
        ("notificationtype", "blog/new"),
        ("typegroup", "blog"),
        ("medium", "email"),
        ("renderingstyle", "short"),
    ],
)
def test_what_is_in_use_is_not_deleted(superuser: Client, model: str, pk: str) -> None:
    where = f"{address(model)}{quote(pk)}/delete/"

    assert superuser.post(where, {"post": "yes"}).status_code == 403
    assert "delete_selected" not in superuser.get(address(model)).content.decode()


def test_what_nothing_refers_to_is_deleted(superuser: Client) -> None:
    NotificationType.objects.create(key="blog/unused")
    TypeGroup.objects.create(name="empty")

    superuser.post(f"{address('notificationtype')}blog_2Funused/delete/", {"post": "yes"})
    superuser.post(f"{address('typegroup')}empty/delete/", {"post": "yes"})

    assert not NotificationType.objects.exists()
    assert not TypeGroup.objects.exists()


def test_a_delivery_profile_is_made_and_kept_the_default_in_the_admin(
    superuser: Client, alice: Any
) -> None:
    sent = {"user": alice.pk, "name": "Digest", "interval": "1440"}
    superuser.post(f"{address('deliveryprofile')}add/", sent)
    made = DeliveryProfile.objects.get(user=alice)
    assert (made.name, made.interval, made.is_default) == ("Digest", 1440, True)

    answer = superuser.post(f"{address('deliveryprofile')}{made.pk}/change/", sent)

    assert "only profile" in answer.content.decode()
    assert DeliveryProfile.objects.get().is_default
