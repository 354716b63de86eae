"""Removing browsers that nobody pushes to any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from realtime_notify.models import PushSubscription
from realtime_notify.models.transactions import writing


def prune(age: timedelta, batch: int, dry_run: bool) -> Iterator[int]:
    """Remove browsers that neither got a message nor showed a page for so long, and expired ones.

    Args:
        age: how long ago that was.
        batch: the most rows that one transaction removes.
        dry_run: only count.

    Yields:
        How many browsers went, after each transaction; in a dry run, how many would.
    """
    now = timezone.now()
    unused = Q(last_used=None) | Q(last_used__lte=now - age)
    doomed = PushSubscription.objects.filter(
        Q(expires_at__lte=now) | (unused & Q(modified__lte=now - age))
    )
    if dry_run:
        yield doomed.count()
        return
    while pks := list(doomed.order_by("pk").values_list("pk", flat=True)[:batch]):
        with writing(PushSubscription):
            doomed.filter(pk__in=pks).delete()
        yield len(pks)
