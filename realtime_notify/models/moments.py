"""Moments as the project stores them: aware where ``USE_TZ`` is on, naive where it is off."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings as django_settings
from django.utils import timezone


def stored(moment: datetime) -> datetime:
    """Return a moment in the form that the project's columns hold.

    A naive moment is taken to be in the current time zone.

    Raises:
        ValueError: the moment is out of the calendar's range in the project's time zone or in UTC.
    """
    try:
        timezone.localtime(in_utc(moment))
        return _stored(moment)
    except OverflowError as error:
        raise ValueError(f"{moment!r} is out of the range of the calendar.") from error


def _stored(moment: datetime) -> datetime:
    if django_settings.USE_TZ:
        return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
    return timezone.make_naive(moment) if timezone.is_aware(moment) else moment


def in_utc(moment: datetime) -> datetime:
    """Return a stored moment as an aware one in UTC."""
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return moment.astimezone(UTC)
