"""Removing messages by other media that were sent, dropped or given up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from realtime_notify.models import Dispatch
from realtime_notify.models.arrays import among
from realtime_notify.models.transactions import writing


def prune(age: timedelta, batch: int, dry_run: bool) -> Iterator[int]:
    """Remove messages that were finished so long ago; what waits stays, however old.

    Args:
        age: how long ago they were finished.
        batch: the most that one transaction removes.
        dry_run: only count.

    Yields:
        How many went, after each transaction; in a dry run, how many would.
    """
    finished = Dispatch.objects.filter(finished_at__lte=timezone.now() - age)
    finished = finished.order_by("finished_at")
    if dry_run:
        yield finished.count()
        return
    while pks := list(finished.values_list("pk", flat=True)[:batch]):
        with writing(Dispatch):
            Dispatch.objects.filter(among("pk", pks)).only("pk").delete()
        yield len(pks)
