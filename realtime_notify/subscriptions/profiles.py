"""Intervals: how often a subscription may interrupt, by choice of the user or of the project.

Intervals apply to media that interrupt, such as e-mail. The inbox is always updated at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string

from realtime_notify.audience.subscribers import Subscriber
from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidProfile, InvalidRequest
from realtime_notify.models import DeliveryProfile, Subscription
from realtime_notify.models.objects import user_pk
from realtime_notify.models.profiles import AT_ONCE, label_of

Policy = Callable[[Subscription], int]


def interval_of(subscription: Subscription) -> int:
    """Return the minimum number of minutes between two e-mails; 0 for at once, -1 for never.

    The policy that the setting ``FREQUENCY`` names decides.
    """
    policy: Policy = import_string(settings.FREQUENCY)
    return policy(subscription)


def chosen(subscription: Subscription) -> int:
    """Return the interval that the user chose, in minutes: the default policy.

    This is the interval of the subscription's own profile, or else of the user's default profile.
    Without either it is 0: groups and e-mail addresses have no profiles.
    """
    if subscription.profile is not None:
        return subscription.profile.interval
    return AT_ONCE if subscription.user_id is None else default_interval(subscription.user_id)


def default_interval(user: Any) -> int:
    """Return the interval of a user's default profile, in minutes; 0 if there is no profile.

    Args:
        user: the user, or their primary key.
    """
    mine = DeliveryProfile.objects.filter(user=user_pk(user), is_default=True)
    found = mine.order_by("pk").values_list("interval", flat=True).first()
    return AT_ONCE if found is None else found


def choose_interval(user: Any, minutes: int) -> None:
    """Set the interval of a user's default profile.

    Args:
        user: a saved user.
        minutes: one of the setting ``INTERVALS``, or the user's present interval.

    Raises:
        InvalidRequest: any other interval.
    """
    known = dict(interval_choices(default_interval(user)))
    if minutes not in known:
        offered = ", ".join(map(str, known))
        raise InvalidRequest(f"There is no interval of {minutes} minutes; choose from: {offered}.")
    profile = DeliveryProfile.objects.default_of(user)
    if profile.interval != minutes:
        profile.interval = minutes
        profile.save(update_fields=["interval"])


def interval_choices(*own: int) -> list[tuple[int, str]]:
    """Return the intervals of the setting ``INTERVALS`` as choices of a form field.

    Args:
        own: further intervals in minutes, such as one that was offered before and may be kept.

    Returns:
        Pairs of minutes and a label.
    """
    offered = dict.fromkeys([*settings.INTERVALS, *own])
    return [(minutes, label_of(minutes)) for minutes in offered]


def check_owner(profile: object, who: Subscriber) -> None:
    """Check that a profile is the subscriber's own.

    Raises:
        InvalidProfile: it is another user's or not saved, or the subscriber is not a user.
    """
    if not isinstance(profile, DeliveryProfile) or profile.pk is None:
        raise InvalidProfile(f"{profile!r} is not a saved delivery profile.")
    if who.user_id is None:
        raise InvalidProfile(
            "Groups and e-mail addresses have no delivery profiles; omit profile=."
        )
    if profile.user_id != who.user_id:
        raise InvalidProfile(
            f"The delivery profile {profile.pk} belongs to another user than the subscription."
        )
