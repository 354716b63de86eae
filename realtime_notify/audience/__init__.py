"""Which users an event is for and, in the other direction, which events are for a user.

An event is addressed in one of three ways, which cannot be combined:

- To *subscribers*: the users with a subscription to the event's type, either their own or that of
  a group they are in. A subscription without a target matches every event of the type; one with a
  target matches events with the same target (model and primary key). An event without a target
  therefore matches only subscriptions without one. Where the event and the subscription both have
  a filter of the same name, the values must be equal. `recipient_users` narrows the subscribers;
  `filter_exclude` and `exclude` remove some. `also` adds the subscribers of further topics; an
  opt-out of such a topic removes only users who are reached by no other.
- To *recipients*: exactly these users, subscribed or not.
- To *everyone*: all users who had joined when the event happened, subscribed or not.

`exclude` applies to all three, and an opt-out overrides them. Inactive users are never in an
audience, and no user is in it twice.

The rules are read in three ways. `next_chunk()` walks the audience of one event and `concerned()`
asks about given people and events; both find candidates and have them judged by `reach`, in
Python. `members()` and `events_for()` are querysets, for feeds, previews and everything else that
Django's users filter, count and show.
"""

from __future__ import annotations

from realtime_notify.audience.addresses import next_addresses, still_addressed
from realtime_notify.audience.addressing import EVERYONE
from realtime_notify.audience.estimate import estimate_rest
from realtime_notify.audience.everybody import everybody
from realtime_notify.audience.explaining import Verdict, explain
from realtime_notify.audience.interests import keys_of
from realtime_notify.audience.reach import ReachedBy, concerned, media_of, still_concerned
from realtime_notify.audience.reasons import Reason
from realtime_notify.audience.recipients import email_addresses, members, subscriptions
from realtime_notify.audience.relevance import events_for, subscriptions_of
from realtime_notify.audience.rules import Reached
from realtime_notify.audience.walk import Chunk, next_chunk

__all__ = [
    "EVERYONE",
    "Chunk",
    "Reached",
    "ReachedBy",
    "Reason",
    "Verdict",
    "concerned",
    "email_addresses",
    "estimate_rest",
    "events_for",
    "everybody",
    "explain",
    "keys_of",
    "media_of",
    "members",
    "next_addresses",
    "next_chunk",
    "still_addressed",
    "still_concerned",
    "subscriptions",
    "subscriptions_of",
]
