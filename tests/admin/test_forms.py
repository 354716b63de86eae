"""The admin's forms: what they show, and what they refuse to change or delete."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.utils import quote
from django.test import Client

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
    Subscription,
    SubscriptionFilter,
    TypeGroup,
)
from tests.admin.pages import MODELS, list_url


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", MODELS)
def test_every_row_opens(superuser: Client, model: str) -> None:
    row: Any = apps.get_model("realtime_notify", model)._default_manager.first()

    assert superuser.get(f"{list_url(model)}{quote(row.pk)}/change/").status_code == 200


@pytest.mark.usefixtures("rows")
def test_an_event_shows_how_far_its_delivery_is(superuser: Client) -> None:
    event = Event.objects.get()
    Event.objects.filter(pk=event.pk).update(
        audience={"to": [1, 2, 3, 4]},
        has_own_audience=True,
        reached=3,
        cursor="3",
        delivered_at=None,
    )

    page = superuser.get(f"{list_url('event')}{event.pk}/change/")

    assert "3 of 4 (75 %)" in page.content.decode()


@pytest.mark.usefixtures("rows")
def test_an_event_shows_how_often_its_delivery_failed_and_why(superuser: Client) -> None:
    event = Event.objects.get()
    Event.objects.filter(pk=event.pk).update(attempts=4, last_error="OperationalError: gone away")

    html = superuser.get(f"{list_url('event')}{event.pk}/change/").content.decode()

    assert "OperationalError: gone away" in html
    assert "failed attempts" in html.lower()
    assert 'name="last_error"' not in html


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    "model",
    [Event, EventActor, EventFilter, Inbox, Notification, EventSeen, SubscriptionFilter],
)
def test_rows_that_only_functions_write_cannot_be_added_changed_or_deleted(
    superuser: Client, model: Any
) -> None:
    pk = model._default_manager.first().pk
    name = list_url(model._meta.model_name)

    assert superuser.get(f"{name}add/").status_code == 403
    assert superuser.post(f"{name}{pk}/change/", {}).status_code == 403
    assert superuser.post(f"{name}{pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.usefixtures("rows")
def test_a_type_keeps_its_key(superuser: Client) -> None:
    page = superuser.get(f"{list_url('notificationtype')}blog_2Fnew/change/")

    assert 'name="label"' in page.content.decode()
    assert 'name="key"' not in page.content.decode()
    assert 'name="key"' in superuser.get(f"{list_url('notificationtype')}add/").content.decode()


@pytest.mark.usefixtures("rows")
def test_a_subscription_can_be_ended_but_not_created(superuser: Client) -> None:
    one = Subscription.objects.get(email="")

    assert superuser.get(f"{list_url('subscription')}add/").status_code == 403
    superuser.post(f"{list_url('subscription')}{one.pk}/delete/", {"post": "yes"})

    assert not Subscription.objects.filter(email="").exists()
    assert Notification.objects.filter(subscription=None).count() == 1


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
def test_rows_in_use_cannot_be_deleted(superuser: Client, model: str, pk: str) -> None:
    where = f"{list_url(model)}{quote(pk)}/delete/"

    assert superuser.post(where, {"post": "yes"}).status_code == 403
    assert "delete_selected" not in superuser.get(list_url(model)).content.decode()


def test_unused_rows_can_be_deleted(superuser: Client) -> None:
    NotificationType.objects.create(key="blog/unused")
    TypeGroup.objects.create(name="empty")
    Medium.objects.create(name="fax")

    superuser.post(f"{list_url('notificationtype')}blog_2Funused/delete/", {"post": "yes"})
    superuser.post(f"{list_url('typegroup')}empty/delete/", {"post": "yes"})
    superuser.post(f"{list_url('medium')}fax/delete/", {"post": "yes"})

    assert not NotificationType.objects.exists()
    assert not TypeGroup.objects.exists()
    assert not Medium.objects.exists()


def test_a_delivery_profile_is_created_and_stays_the_default(superuser: Client, alice: Any) -> None:
    sent = {"user": alice.pk, "name": "Digest", "interval": "1440"}
    superuser.post(f"{list_url('deliveryprofile')}add/", sent)
    made = DeliveryProfile.objects.get(user=alice)
    assert (made.name, made.interval, made.is_default) == ("Digest", 1440, True)

    answer = superuser.post(f"{list_url('deliveryprofile')}{made.pk}/change/", sent)

    assert "only profile" in answer.content.decode()
    assert DeliveryProfile.objects.get().is_default


@pytest.mark.django_db
def test_the_media_of_a_type_are_boxes(superuser: Client, settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["tests.outbox.media.Letter"]}
    NotificationType.objects.create(key="a/b", media=["letter"])
    url = f"{list_url('notificationtype')}{quote('a/b')}/change/"
    columns = {"key": "a/b", "level": "info"}

    html = superuser.get(url).content.decode()
    superuser.post(url, {**columns, "media": ["inbox", "letter"]})
    named = NotificationType.objects.get().media
    superuser.post(url, columns)

    assert 'value="letter"' in html
    assert named == ["inbox", "letter"]
    assert NotificationType.objects.get().media is None
