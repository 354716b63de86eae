"""Reasons: what each rule of the audience says when it keeps an event from somebody."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """A rule that keeps an event from somebody, in the order in which the rules are applied."""

    INACTIVE = "inactive"
    EXCLUDED = "excluded"
    NOT_AMONG = "not among the only people it is for"
    OPTED_OUT = "opted out"
    NOT_NAMED = "not a recipient"
    JOINED_LATER = "joined later"
    NOT_SUBSCRIBED = "not subscribed"
    PAUSED = "subscription paused"
    YOUNGER = "subscription younger than the event"
    FILTERED = "filter"
    CUT = "filter_exclude"
    NOT_FOLLOWING = "follows no actor"
    OPTED_OUT_OF_TOPIC = "opted out of the further topic"
    MEDIA_OF_SUBSCRIPTION = "medium not chosen"
    MEDIA_OF_TYPE = "not a medium of the type"
