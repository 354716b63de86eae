"""Rhythms: how often somebody wants to be interrupted, for thousands of people at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.utils.module_loading import import_string

from realtime_notify.conf import settings
from realtime_notify.conf.entries import Settings
from realtime_notify.models import DeliveryProfile, Subscription
from realtime_notify.models.arrays import among
from realtime_notify.models.profiles import AT_ONCE
from realtime_notify.outbox.readers import Reader
from realtime_notify.outbox.windows import Rhythm

Pair = tuple[Any, "int | None"]
"""A user and the own subscription that reached them, if any did, by primary key."""


def rhythms_of(pairs: Iterable[Pair]) -> dict[Pair, Rhythm]:
    """Return how often people want to be interrupted.

    The profile of the subscription decides, or else the person's default profile; what the first
    leaves open, such as quiet hours, is taken from the second. A group's subscription has no
    profile. The number of statements does not depend on how many people there are.

    Args:
        pairs: users, each with the own subscription that reached them, by primary key; without a
            user, the subscription of an e-mail address.

    Returns:
        The rhythm of each pair.
    """
    wanted = list(dict.fromkeys(pairs))
    users = {user for user, _ in wanted if user is not None}
    subscriptions = _subscriptions({pk for _, pk in wanted if pk is not None})
    defaults = _defaults(users)
    zones = _zones(defaults, users)
    interval_of = _policy()
    found = {}
    for user, pk in wanted:
        default = defaults.get(user)
        subscription = subscriptions.get(pk)
        profile = (subscription and subscription.profile) or default
        interval = profile.interval if profile else AT_ONCE
        if interval_of is not None and subscription is not None:
            if user is not None:  # so that a policy which asks for it needs no statement
                subscription.profile = profile or DeliveryProfile(user_id=user)
            interval = interval_of(subscription)
        found[user, pk] = _rhythm(interval, profile, default, zones.get(user, ""))
    return found


def _rhythm(
    interval: int,
    profile: DeliveryProfile | None,
    default: DeliveryProfile | None,
    time_zone: str,
) -> Rhythm:
    hour, weekday, quiet_from, quiet_until = None, 0, None, None
    for each in (default, profile):
        if each is None:
            continue
        hour = hour if each.hour is None else each.hour
        weekday = each.weekday
        time_zone = each.time_zone or time_zone
        if each.quiet_from is not None and each.quiet_until is not None:
            quiet_from, quiet_until = each.quiet_from, each.quiet_until
    return Rhythm(
        interval=interval,
        hour=settings.DIGEST_HOUR if hour is None else hour,
        weekday=weekday,
        time_zone=time_zone or django_settings.TIME_ZONE,
        quiet_from=quiet_from,
        quiet_until=quiet_until,
    )


def _policy() -> Callable[[Subscription], int] | None:
    """Return the project's own policy; None if people choose, which needs no call for each."""
    if Settings.__dataclass_fields__["FREQUENCY"].default == settings.FREQUENCY:
        return None
    policy: Callable[[Subscription], int] = import_string(settings.FREQUENCY)
    return policy


def _subscriptions(pks: Collection[int]) -> dict[Any, Subscription]:
    """Return the subscriptions that say something: all of them if a policy is asked."""
    if not pks:
        return {}
    rows = Subscription.objects.filter(among("pk", pks)).select_related("profile", "type")
    if _policy() is None:
        rows = rows.filter(profile__isnull=False)
    return {row.pk: row for row in rows.order_by()}


def _defaults(users: Collection[Any]) -> dict[Any, DeliveryProfile]:
    if not users:
        return {}
    rows = DeliveryProfile.objects.filter(among("user", users), is_default=True)
    return {row.user_id: row for row in rows.order_by("-pk")}


def _zones(defaults: Mapping[Any, DeliveryProfile], users: Collection[Any]) -> dict[Any, str]:
    """Return the time zones that only the project knows: those of its own ``READER``."""
    if not users or Settings.__dataclass_fields__["READER"].default == settings.READER:
        return {}
    reader_of: Callable[[Any, DeliveryProfile | None], Reader] = import_string(settings.READER)
    people = get_user_model()._base_manager.filter(among("pk", users))
    return {user.pk: reader_of(user, defaults.get(user.pk)).time_zone for user in people}
