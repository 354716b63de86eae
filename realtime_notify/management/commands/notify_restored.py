"""`manage.py notify_restored`: tell browsers that the database went back in time."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from realtime_notify.models import Epoch
from realtime_notify.wire import push

FLUSH_TIMEOUT = 5.0  # seconds


class Command(BaseCommand):
    """Begin a new epoch, so that every browser starts afresh."""

    help = (
        "Run this after a database was restored from a backup, or a standby was promoted that had "
        "lagged. Every browser then loads its inbox anew, the open ones at once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin a new epoch, and have server processes notice."""
        Epoch.objects.begin()
        push.restored()
        push.flush(FLUSH_TIMEOUT)
        self.stdout.write("Every browser loads its inbox anew.")
