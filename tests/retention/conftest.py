"""What the tests of retention share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q

from realtime_notify.models import Inbox, Notification
from realtime_notify.models.querysets import UNREAD

DAYS = timedelta(days=1)


def assert_exact() -> None:
    """The numbers of every inbox are those of its rows."""
    for inbox in Inbox.objects.all():
        rows = Notification.objects.filter(user=inbox.pk)
        counted: dict[str, Any] = rows.aggregate(
            unread=Count("pk", filter=UNREAD),
            unseen=Count("pk", filter=UNREAD & Q(seq__gt=inbox.seen)),
        )
        assert (inbox.unread, inbox.unseen) == (counted["unread"], counted["unseen"])
        assert all(row.rev <= inbox.rev for row in rows)
        assert inbox.floor <= inbox.rev
