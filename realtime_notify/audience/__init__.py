"""Who an event is for, and, read backwards, which events are for somebody.

There are two ways to address an event, and they do not mix:

- *Subscribers*: everybody reached by a subscription to the event's type: their own, or one of a
  group they are in. A subscription without a target hears of all of the type, one with a target of
  just that (model and primary key); an event without a target does not reach subscriptions of an
  object. A subscription's filters must agree with the event's, where both say something of the
  same name. `recipient_users` narrows, `filter_exclude` and `exclude` cut. `also` addresses further
  types in the same way; an opt-out of one of these keeps out only who is reached by it.
- *Recipients*: these people, subscribed or not.

An opt-out beats both. An inactive user is never in an audience. Nobody is in it twice.
"""

from __future__ import annotations

from realtime_notify.audience.recipients import (
    Chunk,
    email_addresses,
    members,
    next_chunk,
    subscriptions,
)
from realtime_notify.audience.relevance import events_for, subscriptions_of

__all__ = [
    "Chunk",
    "email_addresses",
    "events_for",
    "members",
    "next_chunk",
    "subscriptions",
    "subscriptions_of",
]
