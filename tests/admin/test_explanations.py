"""The page that explains why somebody got an event, or didn't."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from realtime_notify import notify, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def page(event: Any) -> str:
    return f"/admin/realtime_notify/event/{event.pk}/why/"


def test_the_page_of_an_event_leads_to_its_explanation(superuser: Client, alice: Any) -> None:
    subscribe(alice, "a")
    event = notify("<b>Hello</b>", "a")

    opened = superuser.get(f"/admin/realtime_notify/event/{event.pk}/change/").content.decode()
    empty = superuser.get(page(event)).content.decode()
    answered = superuser.get(page(event), {"user": " alice "}).content.decode()

    assert f'href="{page(event)}"' in opened
    assert "They subscribe." not in empty
    assert "They subscribe." in answered
    assert "It is not delivered to everybody yet." in answered
    assert "<b>Hello" not in answered


def test_somebody_who_does_not_exist_is_named(superuser: Client) -> None:
    event = notify("Hello", "a")

    assert "no user with the primary key" in (
        superuser.get(page(event), {"user": "<nobody>"}).content.decode()
    )
    assert superuser.get("/admin/realtime_notify/event/987654/why/").status_code == 404


def test_only_who_may_see_subscriptions_and_opt_outs_gets_an_explanation(client: Client) -> None:
    event = notify("Hello", "a")
    staff = get_user_model()._default_manager.create(username="clerk", is_staff=True)
    names = ["view_event", "view_subscription"]
    staff.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(staff)

    assert client.get(page(event)).status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="view_optout"))
    assert client.get(page(event)).status_code == 200
