"""Profiles: how often and when somebody may be interrupted, by their choice or the project's.

They apply to media that interrupt, such as e-mail. The inbox is always updated at once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string

from realtime_notify.audience.subscribers import Subscriber
from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidProfile, InvalidRequest
from realtime_notify.models import DeliveryProfile, Subscription
from realtime_notify.models.objects import user_pk
from realtime_notify.models.profiles import AT_ONCE, ONE_END, label_of

Policy = Callable[[Subscription], int]

CHOSEN = frozenset(
    ("interval", "hour", "weekday", "time_zone", "language", "quiet_from", "quiet_until")
)
"""What people choose: fields of their default profile."""
_NAMES = ", ".join(sorted(CHOSEN))
_NULLABLE = ("hour", "quiet_from", "quiet_until")


class Chosen(TypedDict):
    """What somebody chose besides the interval.

    Attributes:
        hour: the hour of daily and longer digests; None: the site's.
        weekday: the day of weekly digests; 0: Monday.
        time_zone: the name of a time zone; "": the site's.
        language: the code of a language; "": the site's.
        quiet_from, quiet_until: times of day, as 22:00; "" if there are no quiet hours.
    """

    hour: int | None
    weekday: int
    time_zone: str
    language: str
    quiet_from: str
    quiet_until: str


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


def chosen_by(user: Any) -> tuple[int, Chosen]:
    """Return the interval of a user's default profile, in minutes, and what else it says.

    Args:
        user: the user, or their primary key.
    """
    profile = _default_profile(user)
    return profile.interval, {
        "hour": profile.hour,
        "weekday": profile.weekday,
        "time_zone": profile.time_zone,
        "language": profile.language,
        "quiet_from": _clock(profile.quiet_from),
        "quiet_until": _clock(profile.quiet_until),
    }


def choose(user: Any, /, **chosen: object) -> None:
    """Change a user's default profile; what is not named stays as it is.

    Args:
        user: a saved user.
        **chosen: `interval`, one of the setting ``INTERVALS`` or the present one, in minutes; and
            what is in `Chosen`.

    Raises:
        InvalidRequest: a name or a value is invalid. Nothing was written.
    """
    if unknown := sorted(chosen.keys() - CHOSEN):
        raise InvalidRequest(f"There is no {unknown[0]!r} to choose; there are: {_NAMES}.")
    stored = _default_profile(user)
    if "interval" in chosen:
        _check_interval(chosen["interval"], stored.interval)
    changed = {
        name: value
        for name, value in ((name, _cleaned(name, value)) for name, value in chosen.items())
        if value != getattr(stored, name)
    }
    for name, value in changed.items():
        setattr(stored, name, value)
    if (stored.quiet_from is None) != (stored.quiet_until is None):
        raise InvalidRequest(f"quiet_from: {ONE_END}")
    if changed:
        profile = DeliveryProfile.objects.default_of(user)
        for name, value in changed.items():
            setattr(profile, name, value)
        profile.save(update_fields=list(changed))


def _default_profile(user: Any) -> DeliveryProfile:
    """Return a user's default profile; one that is not saved if there is none."""
    owner = user_pk(user)
    mine = DeliveryProfile.objects.filter(user=owner, is_default=True).order_by("pk").first()
    return mine or DeliveryProfile(user_id=owner)


def _check_interval(minutes: object, present: int) -> None:
    known = dict(interval_choices(present))
    if minutes not in known or isinstance(minutes, bool):
        offered = ", ".join(map(str, known))
        raise InvalidRequest(f"There is no interval of {minutes} minutes; choose from: {offered}.")


def _cleaned(name: str, value: object) -> Any:
    """Return the value of a field as the profile stores it."""
    field: Any = DeliveryProfile._meta.get_field(name)
    try:
        # A field of the form that is emptied says nothing.
        return field.clean(None if value == "" and name in _NULLABLE else value, None)
    except (ValidationError, TypeError, ValueError) as error:
        said = error.messages[0] if isinstance(error, ValidationError) else str(error)
        raise InvalidRequest(f"{name}: {said}") from error


def _clock(moment: time | None) -> str:
    return "" if moment is None else f"{moment:%H:%M}"


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
