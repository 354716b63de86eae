"""Endpoints: which of the other programs an event is told to."""

from __future__ import annotations

from collections.abc import Collection

from realtime_notify import keys
from realtime_notify.models import Endpoint, Event
from realtime_notify.models.media import WEBHOOK
from realtime_notify.outbox.backends import backends


def endpoints_for(events: Collection[Event]) -> dict[int, list[int]]:
    """Return the active endpoints that ask for the types of events, by their primary keys.

    Returns:
        The endpoints of each event, by its primary key. None, at no cost, if the setting ``MEDIA``
        has no webhooks.
    """
    if WEBHOOK not in backends():
        return {event.pk: [] for event in events}
    active = list(Endpoint.objects.filter(active=True).order_by("pk").values_list("pk", "keys"))
    return {
        event.pk: [
            pk for pk, globs in active if any(keys.matches(event.type_id, each) for each in globs)
        ]
        for event in events
    }
