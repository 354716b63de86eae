"""A site that pushes to a push service of the tests' own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from realtime_notify.media.webpush import WebPush, browsers, vapid
from realtime_notify.models import Dispatch, Medium
from realtime_notify.outbox import Item, Message, Reader
from tests.push_service import FakeBrowser, PushService, running_push_service

PRIVATE_KEY = vapid.generate()


@pytest.fixture(autouse=True)
def pushing(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {
        "MEDIA": ["webpush"],
        "BASE_URL": "https://example.com",
        "VAPID_PRIVATE_KEY": PRIVATE_KEY,
        "VAPID_SUBJECT": "mailto:webmaster@example.com",
        "ALLOWED_PRIVATE_NETWORKS": ["127.0.0.0/8"],
    }


@pytest.fixture
def change(settings: Any) -> Callable[..., None]:
    """Change entries of the settings: change(PUSH_DAYS=1)."""

    def change(**entries: Any) -> None:
        settings.REALTIME_NOTIFY = {**settings.REALTIME_NOTIFY, **entries}

    return change


@pytest.fixture
def service() -> Iterator[PushService]:
    with running_push_service(vapid._public_key(PRIVATE_KEY)) as running:
        yield running


@pytest.fixture
def register(service: PushService) -> Callable[..., FakeBrowser]:
    """Register one more browser of somebody: register(alice)."""

    def register(user: Any) -> FakeBrowser:
        browser = service.browser()
        browsers.register(user.pk, browsers.checked(browser.offer), "Firefox")
        return browser

    return register


@pytest.fixture
def webpush() -> Iterator[WebPush]:
    backend = WebPush()
    backend.open()
    yield backend
    backend.close()


@pytest.fixture
def about() -> Callable[..., Message]:
    """Make the message that tells somebody of notifications: about(alice, one, two, unread=2)."""
    dues = count(1)

    def about(user: Any, *notifications: Any, language: str = "en", **fields: Any) -> Message:
        medium, _ = Medium.objects.get_or_create(name="webpush")
        event = notifications[0].event
        dispatch = Dispatch.objects.create(
            medium=medium, recipient=f"user:{user.pk}", user=user, due_at=event.created,
            interval=next(dues),
        )  # fmt: skip
        items = [Item(one.event, one) for one in notifications]
        reader = Reader(language, "UTC", "")
        return Message(dispatch.pk, "webpush", items, reader, user=user, **fields)

    return about
