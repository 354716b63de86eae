"""Dispatches that wait, and a medium that remembers what it was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from realtime_notify.models import Dispatch, DispatchItem, Event, Medium, Notification
from realtime_notify.outbox import MediumBackend, Message

Behaviour = Callable[[Message], str]


class Post(MediumBackend):
    """Letters, by a post office that does as the test says."""

    name: ClassVar[str] = "post"
    is_for_addresses: ClassVar[bool] = True
    letters: ClassVar[list[Message]] = []
    """What was handed over."""
    behaviour: ClassVar[Behaviour]
    log: ClassVar[list[str]] = []
    """What was called: "open", "close"."""
    unreachable: ClassVar[set[Any]] = set()

    def reachable(self, users: Any) -> Any:
        return set(users) - self.unreachable

    def open(self) -> None:
        self.log.append("open")

    def send(self, message: Message) -> str:
        receipt = type(self).behaviour(message)
        self.letters.append(message)
        return receipt

    def close(self) -> None:
        self.log.append("close")

    @classmethod
    def empty(cls) -> None:
        cls.letters.clear()
        cls.log.clear()
        cls.unreachable.clear()
        cls.behaviour = lambda message: f"letter {message.pk}"


class Pigeon(Post):
    """Another medium."""

    name: ClassVar[str] = "pigeon"
    letters: ClassVar[list[Message]] = []
    log: ClassVar[list[str]] = []
    unreachable: ClassVar[set[Any]] = set()


@pytest.fixture(autouse=True)
def media(settings: Any) -> Iterator[None]:
    """Let there be a post and pigeons."""
    Post.empty()
    Pigeon.empty()
    settings.REALTIME_NOTIFY = {
        "MEDIA": [f"{__name__}.Post", f"{__name__}.Pigeon"],
        "INLINE_SECONDS": 60.0,  # a slow machine delivers all the same
    }
    yield
    Post.empty()
    Pigeon.empty()


@pytest.fixture
def send(send: Callable[..., Event]) -> Callable[..., Event]:
    """Notify people in their inbox alone: what is to leave, these tests queue themselves."""

    def send_to_inbox(*args: Any, **kwargs: Any) -> Event:
        event = send(*args, **kwargs)
        Dispatch.objects.filter(items__event=event).delete()
        return event

    return send_to_inbox


@pytest.fixture
def queue(db: None) -> Callable[..., Dispatch]:
    """Queue events for somebody: queue(alice, notification), queue("ann@example.com", event)."""
    return enqueue


def enqueue(
    who: Any,
    *what: Event | Notification,
    medium: str = "post",
    due_at: datetime | None = None,
    interval: int = 0,
    **columns: Any,
) -> Dispatch:
    """Write a dispatch as delivery does."""
    Medium.objects.get_or_create(name=medium)
    owner = {"recipient": f"email:{who}", "address": who}
    if not isinstance(who, str):
        owner = {"recipient": f"user:{who.pk}", "user": who}
    dispatch = Dispatch.objects.create(
        medium_id=medium,
        interval=interval,
        due_at=due_at or timezone.now() - timedelta(seconds=1),
        **{**owner, **columns},
    )
    DispatchItem.objects.bulk_create(
        DispatchItem(
            dispatch=dispatch,
            event_id=one.event_id if isinstance(one, Notification) else one.pk,
            notification=one if isinstance(one, Notification) else None,
        )
        for one in what
    )
    return dispatch
