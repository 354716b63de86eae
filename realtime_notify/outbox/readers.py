"""Readers: in which language and time zone somebody reads, and at which address."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings as django_settings

from realtime_notify.models import DeliveryProfile


class Reader(NamedTuple):
    """How a message is to be written for somebody.

    Attributes:
        language: a language code, such as "de".
        time_zone: the name of a time zone, such as "Europe/Berlin".
        address: the preferred e-mail address; "" if there is none.
    """

    language: str
    time_zone: str
    address: str


def reader_of(user: Any, profile: DeliveryProfile | None) -> Reader:
    """Return how a user reads: the default of the setting ``READER``.

    Args:
        user: the user.
        profile: the user's default delivery profile, if there is one.
    """
    name = user.get_email_field_name()
    return Reader(
        (profile and profile.language) or django_settings.LANGUAGE_CODE,
        (profile and profile.time_zone) or django_settings.TIME_ZONE,
        getattr(user, name, "") or "",
    )
