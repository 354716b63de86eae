"""How often a subscription may interrupt: what people chose, or a policy of the project's.

This concerns media that interrupt, such as e-mail. The inbox and the browser are told at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string

from realtime_notify.audience.subscribers import Subscriber
from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidProfile, InvalidRequest
from realtime_notify.models import DeliveryProfile, Subscription
from realtime_notify.models.profiles import AT_ONCE, label_of

Policy = Callable[[Subscription], int]


def interval_of(subscription: Subscription) -> int:
    """Return the least minutes between two mails of a subscription: 0 at once, -1 never.

    The policy says so: the setting ``FREQUENCY``.
    """
    policy: Policy = import_string(settings.FREQUENCY)
    return policy(subscription)


def chosen(subscription: Subscription) -> int:
    """Say what people chose: the policy that comes with the package.

    The subscription's own profile counts, else the default of its user, else it is at once. That
    is so for groups and addresses, too, which have no profiles.
    """
    if subscription.profile is not None:
        return subscription.profile.interval
    return AT_ONCE if subscription.user_id is None else default_interval(subscription.user_id)


def default_interval(user: Any) -> int:
    """Return the interval of a user's default profile, and write none.

    Args:
        user: the user, or their primary key.
    """
    mine = DeliveryProfile.objects.filter(user=getattr(user, "pk", user), is_default=True)
    found = mine.order_by("pk").values_list("interval", flat=True).first()
    return AT_ONCE if found is None else found


def choose_interval(user: Any, minutes: int) -> None:
    """Set the interval of a user's default profile.

    Raises:
        InvalidRequest: it is not among those to choose from, and not the one they have.
    """
    known = dict(interval_choices(default_interval(user)))
    if minutes not in known:
        offered = ", ".join(map(str, known))
        raise InvalidRequest(f"There is no interval of {minutes} minutes; there are: {offered}.")
    profile = DeliveryProfile.objects.default_of(user)
    if profile.interval != minutes:
        profile.interval = minutes
        profile.save(update_fields=["interval"])


def interval_choices(*own: int) -> list[tuple[int, str]]:
    """Return the intervals to choose from, in words.

    Args:
        own: what somebody has already, and may keep though it is offered no more.
    """
    offered = dict.fromkeys([*settings.INTERVALS, *own])
    return [(minutes, label_of(minutes)) for minutes in offered]


def check_owner(profile: object, who: Subscriber) -> None:
    """Refuse a profile that is not the subscriber's own.

    Raises:
        InvalidProfile: it is another user's, is not saved, or the subscriber is no user.
    """
    if not isinstance(profile, DeliveryProfile) or profile.pk is None:
        raise InvalidProfile(f"{profile!r} is not a saved delivery profile.")
    if who.user_id is None:
        raise InvalidProfile("Groups and e-mail addresses have no delivery profiles.")
    if profile.user_id != who.user_id:
        raise InvalidProfile("The delivery profile is not one of the subscriber's own.")
