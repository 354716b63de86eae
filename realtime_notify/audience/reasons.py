"""Reasons: what each rule of the audience says when it keeps an event from somebody."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Reason(TextChoices):
    """A rule that keeps an event from somebody, in the order in which the rules are applied."""

    INACTIVE = "inactive", _("The account is not active.")
    EXCLUDED = "excluded", _("The event excludes them.")
    NOT_AMONG = "not among", _("The event is for some subscribers only, who don't include them.")
    OPTED_OUT = "opted out", _("They have opted out.")
    NOT_NAMED = "not named", _("The event names its recipients, who don't include them.")
    JOINED_LATER = "joined later", _("They joined after the event.")
    NOT_SUBSCRIBED = (
        "not subscribed",
        _("Neither they subscribe nor a group of theirs."),
    )
    PAUSED = "paused", _("The subscription is paused.")
    YOUNGER = "younger", _("The subscription is younger than the event.")
    FILTERED = "filtered", _("A filter of the subscription has another value than the event.")
    CUT = "cut", _("The event ignores the subscription, by its filter_exclude.")
    NOT_FOLLOWING = "not following", _("They follow none of the actors.")
    OPTED_OUT_OF_TOPIC = (
        "opted out of topic",
        _("They opted out of what they subscribe to."),
    )
    MEDIA_OF_SUBSCRIPTION = "media of subscription", _("The subscription names other media.")
    MEDIA_OF_TYPE = "media of type", _("The type is not sent by this medium.")
