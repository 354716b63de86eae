"""Tracking: what e-mail services report of mails, by way of django-anymail.

Anymail receives the reports of a dozen services and sends one signal, `anymail.signals.tracking`.
It is connected where `INSTALLED_APPS` has "anymail".
"""

from __future__ import annotations

import logging
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model

from realtime_notify import subscriptions
from realtime_notify.media.email.resting import count_bounce, rest
from realtime_notify.models import Dispatch, Subscription
from realtime_notify.models.media import EMAIL

logger = logging.getLogger(__name__)

METADATA = "realtime_notify_dispatch"
"""The metadata of each mail: the primary key of its dispatch, which services report back."""

_FOR_GOOD = ("invalid", "bounced")
"""Reasons of a bounce, in Anymail's words, that no later attempt changes."""


def connect() -> None:
    """Listen to Anymail's signal, if Anymail is installed."""
    if apps.is_installed("anymail"):
        from anymail.signals import tracking

        tracking.connect(receive, dispatch_uid="realtime_notify.media.email.tracking")


def receive(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> None:
    """Take in a report: a bounce or a complaint rests the address, unsubscribing ends the mails.

    Args:
        sender: Anymail's view.
        event: an `anymail.signals.AnymailTrackingEvent`.
        esp_name: the name of the service.
        **kwargs: what the signal may send besides.
    """
    address = event.recipient or ""
    if not address:
        return
    reason = _reason(event, esp_name)
    if event.event_type == "complained":
        rest(address, reason)
    elif event.event_type in ("bounced", "rejected"):
        _take_bounce(address, event.reject_reason, reason)
    elif event.event_type == "unsubscribed":
        dispatch = _dispatch((event.metadata or {}).get(METADATA), address)
        if dispatch is None:
            logger.info("%s names no mail of ours in a report; the address rests.", esp_name)
            rest(address, reason)
        else:
            _unsubscribe(dispatch)


def _take_bounce(address: str, why: str | None, reason: str) -> None:
    if why == "unsubscribed":
        return  # the service keeps a list of its own, and has reported the wish itself
    if why == "spam" or why in _FOR_GOOD:
        rest(address, reason)
    else:
        count_bounce(address, reason)


def _unsubscribe(dispatch: Dispatch) -> None:
    """End what a mail was sent for, as far as its reader may refuse it."""
    if dispatch.user_id is not None:
        refusable = dispatch.items.filter(event__type__required=False)
        keys = set(refusable.values_list("event__type", flat=True))
        if not keys:
            return
        key = keys.pop() if len(keys) == 1 else None
        user = get_user_model()._default_manager.get(pk=dispatch.user_id)
        subscriptions.opt_out(user, key, medium=EMAIL)
    else:
        mine = Subscription.objects.filter(pk__in=dispatch.items.values("subscription"))
        subscriptions.end(list(mine.values_list("pk", flat=True)))


def _dispatch(pk: str | None, address: str) -> Dispatch | None:
    """Return the dispatch that a report names, if it went to this address."""
    if pk is None or not str(pk).isdecimal():
        return None
    found = Dispatch.objects.filter(pk=int(pk), medium=EMAIL).first()
    if found is None or (found.user_id is None and found.address.lower() != address.lower()):
        return None
    return found


def _reason(event: Any, esp_name: str) -> str:
    parts = (esp_name, event.event_type, event.reject_reason, event.description)
    return ": ".join(str(part) for part in parts if part)
