"""`withdraw()`: take an event back, wherever it has got to on this site."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db import router
from django.db.models.functions import Coalesce
from django.utils import timezone

from realtime_notify import delivery
from realtime_notify.models import Event


def withdraw(event: Event) -> bool:
    """Take an event back: out of every inbox, every feed, and whatever has not left the site yet.

    It happens when the surrounding transaction commits, and not at all if it is rolled back. A
    delivery that is planned or under way stops, and no inbox takes a broadcast in any more. What
    mail, push services and webhooks were given already cannot be taken back.

    Args:
        event: the event. One that was never saved, as inside `notifications_disabled()`, is
            nowhere, and nothing happens.

    Returns:
        True if this call withdrew it; False if it was withdrawn before, or does not exist any more.
    """
    database, now = router.db_for_write(Event), timezone.now()
    standing = Event.objects.filter(pk=event.pk).not_withdrawn()
    withdrawn = standing.update(
        withdrawn_at=now,
        removal_due_at=now,
        # Whoever is delivering it finds nothing to claim any more.
        delivered_at=Coalesce("delivered_at", now),
        due_at=None,
        stragglers=[],
        edit_due_at=None,
    )
    if withdrawn:
        event.withdrawn_at = event.removal_due_at = now
        event.delivered_at = event.delivered_at or now
        event.due_at, event.stragglers = None, []
        delivery.revise_after_commit(delivery.REMOVAL, event.pk, database)
    return bool(withdrawn)


awithdraw = sync_to_async(withdraw)
