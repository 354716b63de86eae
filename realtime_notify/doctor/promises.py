"""What is promised and overdue: deliveries, and everything else that is due to inboxes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, QuerySet
from django.utils import timezone

from realtime_notify.doctor.findings import Finding, error, warning, well
from realtime_notify.models import Event, Notification
from realtime_notify.monitoring.promises import MOST

PART = "promises"
LATE = 60.0
"""Seconds after which what is due should be done; deploy/monitoring/alerts.yml agrees."""

_WORKER = (
    "See that `manage.py notify_worker` runs, and what it logs. Without one, server processes do "
    "it from their first socket on, unless SWEEP_INTERVAL is 0."
)


def examine() -> Iterator[Finding]:
    """Look for work that is overdue, of each kind, and for deliveries that fail."""
    now, is_late = timezone.now(), False
    for what, rows, column in _kinds():
        due = rows.filter(**{f"{column}__lte": now - timedelta(seconds=LATE)}).order_by(column)
        first = due.values(column)[:MOST]
        count = first.count()
        if count:
            is_late = True
            yield _late(what, count, first.aggregate(oldest=Min(column))["oldest"], now)
    failing = Event.objects.filter(due_at__isnull=False, attempts__gt=0).order_by("due_at")
    for event in failing.defer("audience")[:1]:
        is_late = True
        yield error(
            PART,
            f"Event {event.pk} of type {event.type_id!r} could not be delivered, "
            f"{event.attempts} times so far: {event.last_error}.",
            "Mend the cause; it is tried again by itself. The log has the traceback.",
            failing=failing[:MOST].count(),
        )
    if not is_late:
        yield well(PART, f"Nothing has been due for more than {LATE:g} s.")


def _kinds() -> list[tuple[str, QuerySet[Any], str]]:
    return [
        ("Events to be delivered", Event.objects.all(), "due_at"),
        ("Expired or withdrawn events to be removed", Event.objects.all(), "removal_due_at"),
        ("Edited events to be shown", Event.objects.all(), "edit_due_at"),
        ("Snoozed notifications to be woken", Notification.objects.all(), "snoozed_until"),
    ]


def _late(what: str, count: int, oldest: datetime, now: datetime) -> Finding:
    seconds = (now - oldest).total_seconds()
    many = f"{count:,} or more" if count == MOST else f"{count:,}"
    makes = error if seconds > 10 * LATE else warning
    says = f"{what}: {many} are overdue, the first of them for {seconds:,.0f} s."
    return makes(PART, says, _WORKER, what=what, count=count, seconds=round(seconds, 1))
