"""Subscriptions, opt-outs and preferences: who is notified about what."""

from __future__ import annotations

from realtime_notify.subscriptions.claims import claim
from realtime_notify.subscriptions.interests import keys_of, keys_of_many
from realtime_notify.subscriptions.optouts import (
    aopt_in,
    aopt_out,
    is_opted_out,
    opt_in,
    opt_out,
)
from realtime_notify.subscriptions.unsubscribing import unsubscribe_url, unsubscribe_url_of
from realtime_notify.subscriptions.verbs import (
    SubscriberLike,
    ais_subscribed,
    asubscribe,
    aunsubscribe,
    end,
    is_subscribed,
    set_active,
    subscribe,
    unsubscribe,
)

__all__ = [
    "SubscriberLike",
    "ais_subscribed",
    "aopt_in",
    "aopt_out",
    "asubscribe",
    "aunsubscribe",
    "claim",
    "end",
    "is_opted_out",
    "is_subscribed",
    "keys_of",
    "keys_of_many",
    "opt_in",
    "opt_out",
    "set_active",
    "subscribe",
    "unsubscribe",
    "unsubscribe_url",
    "unsubscribe_url_of",
]
