"""The lines for task engines of docs/operations.md, with Django's own."""

from __future__ import annotations

import sys
from datetime import timedelta
from types import ModuleType
from typing import Any

import django
import pytest
from django.utils import timezone

from realtime_notify import notify
from realtime_notify.models import Event
from tests.docs.conftest import Committing, messages
from tests.pages import labelled


@pytest.fixture(autouse=True)
def tasks(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Have the module `myproject.tasks`, and leave all delivery to it."""
    if django.VERSION < (6, 0):
        import django_tasks

        monkeypatch.setitem(sys.modules, "django.tasks", django_tasks)
    module = ModuleType("myproject.tasks")
    monkeypatch.setitem(sys.modules, "myproject.tasks", module)
    exec(labelled("django-tasks"), module.__dict__)
    settings.REALTIME_NOTIFY = {"WAKE_UP": "myproject.tasks.wake_up", "INLINE_RECIPIENTS": 0}


def test_a_task_of_django_delivers_what_notify_left(alice: Any, committing: Committing) -> None:
    with committing():
        notify("Hello", "a", recipients=[alice])
        assert messages(alice) == []

    assert messages(alice) == ["Hello"]


def test_an_event_of_a_later_moment_waits_for_it(
    alice: Any, committing: Committing, caplog: pytest.LogCaptureFixture
) -> None:
    noon = timezone.now() + timedelta(hours=1)

    with committing():
        notify("Lunch", "a", recipients=[alice], deliver_at=noon)

    assert Event.objects.get().due_at == noon
    assert messages(alice) == []
    assert caplog.text == ""
