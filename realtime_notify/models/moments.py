"""Moments as the project stores them: aware where ``USE_TZ`` is on, naive where it is off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings as django_settings
from django.utils import timezone


def clock_skew() -> timedelta:
    """Return by how much the clocks that two moments come from may differ.

    It is a minute between hosts. Where moments have no time zone it is an hour more, which comes
    twice when summer time ends.
    """
    return timedelta(minutes=1) if django_settings.USE_TZ else timedelta(hours=1, minutes=1)


def at_once() -> datetime:
    """Return a moment that has come by the clock of every host, and not long ago."""
    now = timezone.now()
    return now if django_settings.USE_TZ else now - clock_skew()


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
