"""Media of the tests: they send nothing, for whom is written is all that matters."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.utils import timezone

from realtime_notify.outbox import MediumBackend, Message


class Letter(MediumBackend):
    """A medium that interrupts, and reaches people without an account."""

    name = "letter"
    label = "Letter"
    is_for_addresses = True


class Page(MediumBackend):
    """A medium without a delay that reaches only those who have an e-mail address."""

    name = "page"
    label = "Page"
    delay = 0.0

    def reachable(self, users: Collection[Any]) -> Collection[Any]:
        found = get_user_model()._default_manager.filter(pk__in=users).exclude(email="")
        return set(found.values_list("pk", flat=True))


class Log(MediumBackend):
    """A medium that does not interrupt."""

    name = "log"
    label = "Log"
    delay = 0.0
    interrupts = False


class Hook(Log):
    """A medium that calls endpoints."""

    name = "webhook"


LETTER, PAGE, LOG, HOOK = (
    f"{__name__}.{backend.__name__}" for backend in (Letter, Page, Log, Hook)
)


class Post(Letter):
    """A medium that interrupts, and remembers what it was given: when, whom, and which events."""

    name = "post"
    sent: ClassVar[list[tuple[datetime, Any, list[int]]]] = []

    def send(self, message: Message) -> str:
        pks = [item.event.pk for item in message.items]
        self.sent.append((timezone.now(), message.user.pk, pks))
        return ""


POST = f"{__name__}.Post"
