"""Resting: addresses that bounce or complain get no mail for a while, or until somebody lifts it.

Mail servers judge a sender by how much of what it sends comes back. A mail that comes back for good
rests its address at once; one that comes back for now, such as from a full mailbox, only when it
happens again and again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from realtime_notify.models import RestedAddress
from realtime_notify.models.transactions import writing

BOUNCES = 3
"""Mails in a row that come back for now before the address rests."""
REST_DAYS = 7
"""How long it rests then."""
FORGET_DAYS = 14
"""After so long without a bounce, counting begins anew."""
_MAX_REASON = 255


def rest(address: str, reason: str, until: datetime | None = None) -> None:
    """Mail nothing to an address.

    Args:
        address: the address, in any case.
        reason: why, for the admin.
        until: until when; None for ever. A rest that lasts longer stays.
    """
    with writing(RestedAddress) as using:
        row, is_new = _row(address, using)
        is_longer = is_new or until is None or (row.until is not None and row.until < until)
        if is_longer:
            row.until, row.reason = until, reason[:_MAX_REASON]
            row.save(using=using)


def count_bounce(address: str, reason: str) -> None:
    """Count a mail that came back for now, and rest the address when it was one too many.

    Args:
        address: the address, in any case.
        reason: what its server said, for the admin.
    """
    now = timezone.now()
    with writing(RestedAddress) as using:
        row, is_new = _row(address, using)
        counted = None if is_new else row.until
        if not is_new and (counted is None or counted > now):
            return  # it rests already
        is_old = counted is None or counted < now - timedelta(days=FORGET_DAYS)
        row.bounces = 1 if is_old else row.bounces + 1
        row.reason = reason[:_MAX_REASON]
        row.until = now
        if row.bounces >= BOUNCES:
            row.until = now + timedelta(days=REST_DAYS)
        row.save(using=using)


def lift(address: str) -> bool:
    """Mail to an address again.

    Returns:
        Whether it rested.
    """
    return bool(RestedAddress.objects.filter(pk=address.lower()).delete()[0])


def _row(address: str, using: str) -> tuple[RestedAddress, bool]:
    """Return the row of an address, locked, and whether it is new."""
    with transaction.atomic(using=using):
        row, is_new = RestedAddress.objects.using(using).get_or_create(
            pk=address.lower(), defaults={"until": timezone.now()}
        )
    if not is_new:
        row = RestedAddress.objects.using(using).select_for_update().get(pk=row.pk)
    return row, is_new
