"""Mistakes in a `REALTIME_NOTIFY` dictionary: a sentence for each, with what to write instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import Field, fields
from ipaddress import ip_network
from math import isfinite
from typing import Any

from realtime_notify.conf.entries import Settings

NAME = "REALTIME_NOTIFY"
MAX_AGE_DAYS = 36_500
"""The greatest age of `RETENTION`: the calendar of databases ends soon after."""
RETENTION_RULES = (
    *("read", "archived", "deleted", "unread", "expired", "keep", "events", "sent", "browsers"),
)

SHORTEST_TOKEN = 20  # characters of a secret that nobody guesses

_BASE_URL = re.compile(r"https?://[^\s/?#@\\]+(/[^\s?#\\]*)?")

_HOST = re.compile(r"\*|\.?[a-z0-9-]+(\.[a-z0-9-]+)*")

_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "int | None": (int, type(None)),
    "float": (int, float),
    "float | None": (int, float, type(None)),
    "str": (str,),
    "tuple[str, ...]": (list, tuple),
    "tuple[int, ...]": (list, tuple),
    "Mapping[str, str] | None": (dict, type(None)),
    "Mapping[str, int] | None": (dict, type(None)),
}

_WORDS = {
    "tuple[str, ...]": "a list of texts",
    "tuple[int, ...]": "a list of whole numbers",
    "Mapping[str, str] | None": "a dictionary of texts, or None",
    "Mapping[str, int] | None": "a dictionary of whole numbers, or None",
}
"""What to call a type whose own name does not say what to write."""

_ENTRIES = {"tuple[str, ...]": str, "tuple[int, ...]": int}
"""The type of the entries of a list."""


def problems(given: object) -> list[str]:
    """Return a sentence for each mistake in a `REALTIME_NOTIFY` dictionary."""
    if not isinstance(given, dict):
        return [f"{NAME} must be a dictionary, not {given!r}."]
    declared = {setting.name: setting for setting in fields(Settings)}
    found = []
    for name, value in given.items():
        if name in declared:
            found += _problems_of(declared[name], value)
            continue
        close = difflib.get_close_matches(str(name).upper(), declared, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(declared)}."
        found.append(f"{NAME} has no setting {name!r}. {hint}")
    return found or _conflicts(given)


def _problems_of(setting: Field[Any], value: object) -> list[str]:
    """Return a sentence for each mistake in the value of one setting."""
    expected, at_least = str(setting.type), setting.metadata["at_least"]
    is_bool, wants_bool = isinstance(value, bool), expected == "bool"
    # To isinstance() a bool is an int as well.
    if is_bool != wants_bool or not isinstance(value, _TYPES[expected]):
        wanted = _WORDS.get(expected, expected)
        if type(value) is _ENTRIES.get(expected):
            wanted += f", such as [{value!r}]"
        return [f"{NAME}[{setting.name!r}] must be {wanted}, not {value!r}."]
    if isinstance(value, float) and not isfinite(value):
        return [f"{NAME}[{setting.name!r}] must be a number of seconds, not {value!r}."]
    if isinstance(value, int | float) and value < at_least:
        return [f"{NAME}[{setting.name!r}] must be at least {at_least}, but is {value!r}."]
    return []


def _conflicts(given: dict[str, Any]) -> list[str]:
    """Return a sentence for each value that has the right type and still cannot work."""
    chosen = Settings(**given)
    return [f"{NAME}{sentence}" for check in _CHECKS for sentence in check(chosen)]


def _check_pages(chosen: Settings) -> Iterator[str]:
    page, most = chosen.PAGE_SIZE, chosen.MAX_PAGE_SIZE
    if page > most:
        yield f"['PAGE_SIZE'] is {page}, more than MAX_PAGE_SIZE, which is {most}."


def _check_path(chosen: Settings) -> Iterator[str]:
    path = chosen.WEBSOCKET_PATH
    if path and not path.startswith("/"):
        yield f"['WEBSOCKET_PATH'] must begin with a slash: '/{path}', not {path!r}."


def _check_intervals(chosen: Settings) -> Iterator[str]:
    intervals: Iterable[object] = chosen.INTERVALS
    for interval in intervals:
        if isinstance(interval, bool) or not isinstance(interval, int) or interval < -1:
            yield f"['INTERVALS'] has {interval!r}; an interval is a number of minutes, 0 or -1."
    if not chosen.INTERVALS:
        yield "['INTERVALS'] is empty; add at least one interval to choose."


def _check_base_url(chosen: Settings) -> Iterator[str]:
    url = chosen.BASE_URL
    if url and not _BASE_URL.fullmatch(url):
        yield f"['BASE_URL'] must be an address such as 'https://example.com', not {url!r}."


def _check_digests(chosen: Settings) -> Iterator[str]:
    hour = chosen.DIGEST_HOUR
    if hour > 23:
        yield f"['DIGEST_HOUR'] is {hour}; an hour is a number from 0 to 23."


def _check_retention(chosen: Settings) -> Iterator[str]:
    rules: Mapping[str, Any] = chosen.RETENTION or {}
    for rule, number in rules.items():
        if rule not in RETENTION_RULES:
            yield f"['RETENTION'] has {rule!r}; it may have: {', '.join(RETENTION_RULES)}."
        elif isinstance(number, bool) or not isinstance(number, int) or number < (rule == "keep"):
            least = "1 notification" if rule == "keep" else "0 days"
            yield f"['RETENTION'][{rule!r}] must be at least {least}, not {number!r}."
        elif rule != "keep" and number > MAX_AGE_DAYS:
            yield f"['RETENTION'][{rule!r}] must be at most {MAX_AGE_DAYS:,} days, not {number!r}."


def _check_origins(chosen: Settings) -> Iterator[str]:
    for origin in chosen.ALLOWED_ORIGINS:
        if "://" not in str(origin):
            yield f"['ALLOWED_ORIGINS'] has {origin!r}; an origin is written 'https://{origin}'."


def _check_image_hosts(chosen: Settings) -> Iterator[str]:
    for host in chosen.ALLOWED_IMAGE_HOSTS:
        if not _HOST.fullmatch(str(host)):
            yield (
                f"['ALLOWED_IMAGE_HOSTS'] has {host!r}; a host is written 'cdn.example.com', or "
                "'.example.com' with all below it."
            )


def _check_addresses(chosen: Settings) -> Iterator[str]:
    address, user = chosen.MAX_CONNECTIONS_PER_ADDRESS, chosen.MAX_CONNECTIONS_PER_USER
    if 0 < address < user:
        yield (
            f"['MAX_CONNECTIONS_PER_ADDRESS'] is {address}, less than MAX_CONNECTIONS_PER_USER, "
            f"which is {user}: one user alone would close an address to all others."
        )


def _check_token(chosen: Settings) -> Iterator[str]:
    token = chosen.METRICS_TOKEN
    if token and (len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable()):
        yield (
            f"['METRICS_TOKEN'] can be guessed or not be sent: it must have at least "
            f"{SHORTEST_TOKEN} printable ASCII characters, such as those of "
            "secrets.token_urlsafe()."
        )


def _check_networks(chosen: Settings) -> Iterator[str]:
    for name in ("TRUSTED_PROXIES", "ALLOWED_PRIVATE_NETWORKS"):
        for network in getattr(chosen, name):
            try:
                ip_network(network)
            except ValueError as error:
                yield (
                    f"[{name!r}] has {network!r}, which is no network: {error}. Write an "
                    "address or a network, such as '10.0.0.0/8'."
                )


def _check_subscribing(chosen: Settings) -> Iterator[str]:
    if chosen.SUBSCRIBE_BY_ADDRESS and not chosen.BASE_URL:
        yield (
            "['SUBSCRIBE_BY_ADDRESS'] needs BASE_URL as well, such as 'https://example.com': the "
            "links in the mails to confirm begin with it."
        )


_CHECKS: tuple[Callable[[Settings], Iterator[str]], ...] = (
    _check_pages,
    _check_path,
    _check_intervals,
    _check_digests,
    _check_base_url,
    _check_retention,
    _check_origins,
    _check_image_hosts,
    _check_addresses,
    _check_networks,
    _check_token,
    _check_subscribing,
)
"""Checks of what the types cannot tell. Each yields what follows the name of the dictionary."""
