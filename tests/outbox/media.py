"""Media of the tests: they send nothing, for whom is written is all that matters."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model

from realtime_notify.outbox import MediumBackend


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
