"""The part of the preferences page that says how often, and when, to interrupt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import time
from functools import cache
from typing import Any, TypedDict
from zoneinfo import available_timezones

from django.conf import settings as django_settings
from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from realtime_notify.conf import settings
from realtime_notify.conf.media import interrupts
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.models.profiles import DAILY, WEEKLY
from realtime_notify.subscriptions import profiles
from realtime_notify.subscriptions.preferences import Preferences
from realtime_notify.views.json import int_or_text

NUMBERS = ("interval", "hour", "weekday")

Option = tuple[str, str]
"""A value, and what people call it."""


class Row(TypedDict):
    """A row of the form.

    Attributes:
        name: the name of its field.
        label: what people call it.
        value: what is chosen.
        options: the choices, in groups with a label; none for a time of day.
        hint: what to know about it.
    """

    name: str
    label: str
    value: str
    options: list[tuple[str, list[Option]]]
    hint: str


def rows(chosen: Preferences) -> list[Row]:
    """Return the rows of the form; none if no medium of the site keeps to what they say.

    Args:
        chosen: the preferences of the user.
    """
    if not interrupts():
        return []
    profile = chosen["profile"]
    intervals = [(str(each["minutes"]), each["label"]) for each in chosen["intervals"]]
    hour = "" if profile["hour"] is None else str(profile["hour"])
    found = [_row("interval", _("How often"), str(chosen["interval"]), intervals)]
    offered = [each["minutes"] for each in chosen["intervals"]]
    if any(minutes > 0 and minutes % DAILY == 0 for minutes in offered):
        found.append(_row("hour", _("Hour of digests"), hour, _hours()))
    if any(minutes > 0 and minutes % WEEKLY == 0 for minutes in offered):
        weekday = str(profile["weekday"])
        found.append(_row("weekday", _("Day of weekly digests"), weekday, _weekdays()))
    nothing = _("Only what is critical arrives then.")
    return [
        *found,
        {
            **_row("time_zone", _("Time zone"), profile["time_zone"], ()),
            "options": _time_zones(profile["time_zone"]),
        },
        _times("quiet_from", _("Quiet from"), profile["quiet_from"], nothing),
        _times("quiet_until", _("Quiet until"), profile["quiet_until"], ""),
        _row("language", _("Language"), profile["language"], _languages()),
    ]


def save(user: Any, form: Mapping[str, str]) -> None:
    """Save what the form says, if it has changed.

    Raises:
        InvalidRequest: a value is invalid. Nothing was written.
    """
    sent = {name: form[name] for name in profiles.CHOSEN if name in form}
    chosen: dict[str, object] = dict(sent)
    for name in NUMBERS:
        if sent.get(name):
            chosen[name] = int_or_text(sent[name])
    if "interval" in chosen and not isinstance(chosen["interval"], int):
        raise InvalidRequest("There is no such interval.")
    if chosen:
        profiles.choose(user, **chosen)


def _row(name: str, label: str, value: str, options: Iterable[Option]) -> Row:
    return {
        "name": name,
        "label": label,
        "value": value,
        "options": [("", list(options))],
        "hint": "",
    }


def _times(name: str, label: str, value: str, hint: str) -> Row:
    return {"name": name, "label": label, "value": value, "options": [], "hint": hint}


def _of_the_site(value: str) -> Option:
    return "", _("As the site: %(value)s") % {"value": value}


def _hours() -> Iterator[Option]:
    yield _of_the_site(time_format(time(settings.DIGEST_HOUR)))
    for hour in range(24):
        yield str(hour), time_format(time(hour))


def _weekdays() -> Iterator[Option]:
    for number, name in WEEKDAYS.items():
        yield str(number), str(name)


def _languages() -> Iterator[Option]:
    """Yield the languages of the site, each by the name that its speakers know it by."""
    names = {code: _name_of(code, str(name)) for code, name in django_settings.LANGUAGES}
    default = django_settings.LANGUAGE_CODE
    yield _of_the_site(_name_of(default, default))
    yield from names.items()


def _name_of(code: str, name: str) -> str:
    try:
        return str(get_language_info(code)["name_local"])
    except KeyError:  # a language of the project's own
        return name


def _time_zones(present: str) -> list[tuple[str, list[Option]]]:
    """Return the time zones by area; the present one is among them, though it has an old name."""
    areas = [("", [_of_the_site(django_settings.TIME_ZONE.replace("_", " "))]), *_areas()]
    known = {name for _area, names in areas for name, _label in names}
    return areas if present in known else [*areas, ("", [(present, present)])]


@cache
def _areas() -> list[tuple[str, list[Option]]]:
    found: dict[str, list[Option]] = {"": [("UTC", "UTC")]}
    for name in sorted(available_timezones()):
        area, _slash, place = name.partition("/")
        if place and area not in ("Etc", "SystemV", "US", "posix", "right"):
            found.setdefault(area, []).append((name, place.replace("_", " ")))
    return list(found.items())
