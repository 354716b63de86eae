"""Somebody who may use the admin, and rows to look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from realtime_notify import notify, opt_out, subscribe
from realtime_notify.models import (
    Attempt,
    BroadcastCounter,
    DeliveryProfile,
    Endpoint,
    EventSeen,
    Medium,
    PushSubscription,
    Renderer,
    RenderingStyle,
    RestedAddress,
    SubscriptionRequest,
)
from tests.sending.conftest import enqueue


@pytest.fixture
def superuser(db: None, client: Client) -> Client:
    """A client signed in as a superuser."""
    user = get_user_model()._default_manager.create(
        username="root", is_staff=True, is_superuser=True
    )
    client.force_login(user)
    return client


@pytest.fixture
def rows(alice: Any, bob: Any, deliver_notifications: Callable[[], int]) -> None:
    """A row in every table."""
    BroadcastCounter.objects.create(pk=1)
    subscribe(alice, "blog/new")
    options: dict[str, Any] = {"dedupe_key": "once", "filters": {"room": "kitchen"}}
    event = notify("The kettle is on", "blog/new", actors=[alice, bob], **options)
    deliver_notifications()
    one = subscribe("reader@example.com", "blog/other", filters={"room": "attic"})
    one.media.add(Medium.objects.named("email"))
    SubscriptionRequest.objects.create(
        digest="x", address="reader@example.com", type_id="blog/other", expires=1e12
    )
    opt_out(bob, group="blog", medium="inbox")
    DeliveryProfile.objects.default_of(alice)
    RestedAddress.objects.create(pk="gone@example.com", reason="bounced")
    EventSeen.objects.create(event=event, medium=Medium.objects.named("email"))
    endpoint = Endpoint.objects.create(name="CRM", url="https://crm.example.com/", keys=["**"])
    Attempt.objects.create(endpoint=endpoint, request="evt_1_1", status=200, seconds=0.1)
    PushSubscription.objects.create(user=alice, endpoint="https://push.example.com/1")
    style = RenderingStyle.objects.create(name="short")
    Renderer.objects.create(name="blog", style=style, type_id="blog/new")
    enqueue(alice, event.notifications.get(user=alice), medium="email")
