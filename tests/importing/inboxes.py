"""What must hold of every inbox after an import, and short ways to look into one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, F

from realtime_notify import inbox
from realtime_notify.models import Inbox, Notification
from tests.world import World

BEGAN = datetime(2020, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Return a moment some minutes after the old system began."""
    return BEGAN + timedelta(minutes=minutes)


def kind(model: Any) -> int:
    """Return the key of a model's content type."""
    return ContentType.objects.get_for_model(model).pk


def items(user: Any) -> list[dict[str, Any]]:
    """Return somebody's inbox, oldest first."""
    return list(reversed(inbox.page(user, limit=100)["put"]))


def messages(user: Any) -> list[str]:
    """Return what somebody's inbox says, oldest first."""
    return [item["message"] for item in items(user)]


def assert_sound() -> None:
    """Hold counters against rows, and revisions against each other."""
    World([]).assert_counters()
    shared = Notification.objects.values("user", "seq").annotate(rows=Count("pk"))
    assert not shared.filter(rows__gt=1).exists()
    assert not Notification.objects.filter(rev__lt=F("seq")).exists()
    for row in Inbox.objects.all():
        latest = Notification.objects.filter(user=row.pk).order_by("-rev").first()
        assert latest is None or latest.rev <= row.rev
