"""Messages to send, without a queue around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import override_settings

from realtime_notify import notify
from realtime_notify.media.email import Email
from realtime_notify.models import Event, Notification
from realtime_notify.outbox import Item, Message, Reader

SENDER = "Example <no-reply@example.com>"
SITE = {"MEDIA": ["email"], "BASE_URL": "https://example.com", "SITE_NAME": "Example"}


@pytest.fixture(autouse=True)
def site(db: None):
    """A site that sends mail."""
    with override_settings(
        REALTIME_NOTIFY=SITE, DEFAULT_FROM_EMAIL="Example <no-reply@example.com>"
    ):
        yield


@pytest.fixture
def told(alice: Any, deliver_notifications: Callable[[], int]):
    """Notify Alice, and return what a mail would tell her of it."""

    def told(text: str = "The kettle is on", key: str = "kitchen/kettle", **options: Any) -> Item:
        subscription = options.pop("subscription", None)
        event = notify(text, key, recipients=[alice], **options)
        deliver_notifications()
        event = Event.objects.get(pk=event.pk)
        return Item(event, Notification.objects.get(event=event), subscription)

    return told


@pytest.fixture
def message_of(alice: Any):
    """Return a message to Alice."""

    def message_of(*items: Item, **options: Any) -> Message:
        language, zone = options.pop("language", "en"), options.pop("time_zone", "UTC")
        address = options.pop("address", "alice@example.com")
        values = {"pk": 7, "medium": "email", "user": alice, **options}
        return Message(items=items, reader=Reader(language, zone, address), **values)

    return message_of


@pytest.fixture
def email() -> Iterator[Email]:
    """The backend, as a worker has it."""
    backend = Email()
    yield backend
    backend.close()
