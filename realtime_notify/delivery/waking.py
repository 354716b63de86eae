"""Waking: snoozed notifications arrive again once their time has come."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.db import OperationalError
from django.utils import timezone

from realtime_notify.conf import settings
from realtime_notify.delivery.sweeping import Stop
from realtime_notify.inbox import waking
from realtime_notify.models import Notification

logger = logging.getLogger(__name__)


def wake(should_stop: Stop = lambda: False) -> int:
    """Let notifications arrive again, at the top, whose snooze is over.

    A notification that cannot wake is logged, tried again by the next call, and holds up no other.

    Args:
        should_stop: asked before each chunk.

    Returns:
        How many notifications woke.
    """
    due = Notification.objects.filter(snoozed_until__lte=timezone.now())
    due = due.order_by("snoozed_until", "pk")
    woken = 0
    columns = ("snoozed_until", "pk", "user_id")
    chunk = due.values_list(*columns)[: settings.CHUNK_SIZE]
    while chunk and not should_stop():
        woken += _wake({pk: user for _, pk, user in chunk})
        moment, last, _ = chunk[len(chunk) - 1]
        later = due.filter(snoozed_until__gte=moment).exclude(snoozed_until=moment, pk__lte=last)
        chunk = later.values_list(*columns)[: settings.CHUNK_SIZE]
    return woken


def _wake(owners: Mapping[int, Any]) -> int:
    """Wake notifications; if that fails, those that can.

    Halves find the one that fails among two thousand by a few tries.
    """
    try:
        return waking.wake(owners)
    except OperationalError:
        raise
    except Exception:
        pks = list(owners)
        if len(pks) == 1:
            logger.exception("Notification %s cannot wake; the next sweep will retry it.", *pks)
            return 0
    middle = len(pks) // 2
    return sum(_wake({pk: owners[pk] for pk in half}) for half in (pks[:middle], pks[middle:]))
