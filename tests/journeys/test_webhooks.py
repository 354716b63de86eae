"""From notify() to another program, by way of the queue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks import Webhook as Verifier

from realtime_notify import notify, sending
from realtime_notify.models import Attempt, Dispatch, DispatchState, Endpoint
from realtime_notify.sending import requeue
from realtime_notify.work import run_due
from tests.media.webhook.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.REALTIME_NOTIFY = {
        "MEDIA": ["webhook"],
        "BASE_URL": "https://example.com",
        "ALLOWED_PRIVATE_NETWORKS": ["127.0.0.0/8"],
    }
    with receiving() as running:
        yield running


@pytest.fixture
def endpoint(receiver: Receiver) -> Endpoint:
    return Endpoint.objects.create(name="CRM", url=receiver.url, keys=["comment/*"])


def messages(receiver: Receiver) -> list[str]:
    return [payload["data"]["message"] for payload in receiver.payloads]


def test_an_event_for_many_is_told_once(
    receiver: Receiver, endpoint: Endpoint, users: Any, deliver_notifications: Any
) -> None:
    notify("For all", "comment/new", recipients=users(50))
    notify("Of another type", "post/new", recipients=users("alice"))
    notify("For nobody", "comment/new")
    run_due()

    assert sorted(messages(receiver)) == ["For all", "For nobody"]
    headers, body = receiver.requests[0]
    Verifier(endpoint.secret).verify(body, headers)


def test_an_endpoint_that_fails_is_tried_again_and_may_be_told_once_more(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.statuses = [500]
    notify("Nice post", "comment/new")
    run_due()
    dispatch = Dispatch.objects.get()
    assert (dispatch.state, dispatch.attempts) == (DispatchState.WAITING, 1)
    assert "500" in dispatch.last_error

    sending.send_due(now=timezone.now() + timedelta(hours=1))
    requeue([dispatch.pk], sent=True)
    run_due()

    assert messages(receiver) == ["Nice post"] * 3
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
    assert Attempt.objects.filter(error="").count() == 2
