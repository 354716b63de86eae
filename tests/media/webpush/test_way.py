"""The whole way: from `notify()` by the outbox and the queue to the browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from realtime_notify import inbox
from realtime_notify.models import Dispatch
from realtime_notify.sending import send_due
from tests.push_service import FakeBrowser, PushService

pytestmark = pytest.mark.django_db

Register = Callable[..., FakeBrowser]


def send_in_a_minute() -> Any:
    return send_due(now=timezone.now() + timedelta(minutes=1))


def test_what_happened_reaches_the_browsers_of_whom_it_concerns(
    alice: Any, bob: Any, register: Register, send: Callable[..., Any]
) -> None:
    phone = register(alice)
    send("Tea is ready", "kitchen/kettle", recipients=[alice, bob], url="/tea/")
    send("Cake, too", "kitchen/oven", recipients=[alice])

    assert send_due().sent == 0, "whoever looks at the page has ten seconds"
    assert send_in_a_minute().sent == 1

    [pushed] = phone.got
    assert pushed.payload["notification"]["title"] == "2 new notifications"
    assert pushed.payload["notification"]["body"] == "Cake, too\nTea is ready"
    assert pushed.payload["app_badge"] == 2
    assert not Dispatch.objects.filter(user=bob).exists(), "who has no browser costs no row"


def test_what_was_seen_in_the_meantime_is_not_pushed(
    alice: Any, register: Register, make_notification: Callable[..., Any]
) -> None:
    phone = register(alice)
    inbox.mark_seen(alice, upto=make_notification(alice).rev)

    send_in_a_minute()

    assert phone.got == []


def test_a_push_service_that_is_busy_gets_the_message_later_and_nobody_twice(
    alice: Any, register: Register, make_notification: Callable[..., Any], service: PushService
) -> None:
    laptop, phone = register(alice), register(alice)
    service.answer(phone, 503, Retry_After="300")
    make_notification(alice)

    assert send_in_a_minute().failed == 1
    wait = Dispatch.objects.get().due_at - timezone.now()
    assert timedelta(seconds=290) < wait
    assert send_due(now=timezone.now() + timedelta(hours=1)).sent == 1

    assert (len(laptop.got), len(phone.got)) == (1, 1)


def test_whose_only_browser_is_gone_gets_no_further_rows(
    alice: Any, register: Register, make_notification: Callable[..., Any], service: PushService
) -> None:
    service.answer(register(alice), 410)
    make_notification(alice, "First")
    assert send_in_a_minute().dead == 1

    make_notification(alice, "Second")

    assert Dispatch.objects.count() == 1
