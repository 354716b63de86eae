"""The settings: one dictionary, `REALTIME_NOTIFY`, read through one typed class.

Every attribute of `Settings` can be overridden by an entry of the same name::

    REALTIME_NOTIFY = {"PAGE_SIZE": 50}

Nothing else in the package reads `django.conf.settings` for a value of its own.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed

from realtime_notify.exceptions import InvalidSetting

NAME = "REALTIME_NOTIFY"


def _setting(default: Any, doc: str) -> Any:
    """Declare a setting: its default, and the sentence that documents it everywhere."""
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of realtime_notify, with their defaults."""

    # Delivery
    CHUNK_SIZE: int = _setting(2000, "Recipients delivered in one transaction.")
    INLINE_RECIPIENTS: int = _setting(
        2000,
        "How many recipients `notify()` delivers itself, right after the commit. "
        "The rest is left to the worker. 0 leaves everything to it.",
    )
    SMALL_AUDIENCE: int = _setting(
        20, "Up to this many recipients are pushed to one by one instead of through a group."
    )
    SWEEP_INTERVAL: float = _setting(
        2.0,
        "Seconds between two looks for promised deliveries, in the worker and in each server "
        "process. 0: server processes never look, a worker must run.",
    )
    MESSAGE_MAX_LENGTH: int = _setting(10_000, "Longest message and description, in characters.")
    DATA_MAX_BYTES: int = _setting(32_768, "Largest `data` of an event, in bytes of JSON.")

    DEFAULT_KEY: str = _setting(
        "notification", "The key of what is sent through the `notify` signal without one."
    )
    FOLLOWING: str = _setting(
        "realtime_notify.audience.following.Following",
        "The class that says who follows whom, for subscriptions with `only_following`.",
    )
    SELF_SERVICE: str = _setting(
        "realtime_notify.subscriptions.self_service.allows",
        "The function `(user, type, target) -> bool` that says what people may subscribe to "
        "themselves, from the browser. `target` is None for all of the type.",
    )
    INTERVALS: tuple[int, ...] = _setting(
        (0, 1440, 10080, 43200, -1),
        "The intervals that people may choose from, in minutes. 0: at once. -1: never.",
    )
    FREQUENCY: str = _setting(
        "realtime_notify.subscriptions.profiles.chosen",
        "The function `(subscription) -> int` that says how often a subscription may interrupt, "
        "in minutes.",
    )

    # Reading
    SOFT_DELETE: bool = _setting(
        True,
        "Deleting keeps the row, as a mark. False: it removes the row, and whoever was away "
        "meanwhile loads the inbox afresh.",
    )
    PAGE_SIZE: int = _setting(20, "Notifications on one page when nothing else is asked for.")
    MAX_PAGE_SIZE: int = _setting(100, "Most notifications anyone may ask for on one page.")
    SYNC_LIMIT: int = _setting(
        200, "A browser that missed more changes than this gets a fresh first page instead."
    )

    # Rendering
    RENDERING_STYLE: str = _setting(
        "", "The name of the rendering style to fall back on. Empty: there is none."
    )
    RENDERER_ORDER: tuple[str, ...] = _setting(
        ("type", "group"),
        "Of two renderers of one style the first counts: that of the type or that of its group.",
    )
    TEXT_TEMPLATES: Mapping[str, str] | None = _setting(
        None,
        "Template files for what has no renderer, by globs of keys; the first that fits counts. "
        "`**` fits all.",
    )
    HTML_TEMPLATES: Mapping[str, str] | None = _setting(None, "The same for HTML.")

    # The socket
    WEBSOCKET_PATH: str = _setting("/ws/notifications/", "Where browsers open their socket.")
    ALLOWED_ORIGINS: tuple[str, ...] = _setting(
        (),
        "Origins that may open a socket besides the site's own, such as "
        "`https://app.example.com`. `CSRF_TRUSTED_ORIGINS` are honoured as well.",
    )
    PING_INTERVAL: float = _setting(25.0, "Seconds between two heartbeats of a connection.")
    HELLO_TIMEOUT: float = _setting(10.0, "Seconds a new connection has to say hello.")
    HEAL_INTERVAL: float | None = _setting(
        None,
        "Seconds between two queries that find lost pushes. `None`: 1 when processes cannot "
        "reach each other (in-memory channel layer, or none), otherwise 5.",
    )
    PROBE_INTERVAL: float = _setting(5.0, "Seconds between two probes of the channel layer.")
    SESSION_CHECK_INTERVAL: float = _setting(
        60.0, "Seconds after which a connection's session is looked at again."
    )
    MAX_CONNECTIONS_PER_USER: int = _setting(50, "Open connections of one user in one process.")
    MAX_FRAME_BYTES: int = _setting(16_384, "Largest frame a browser may send.")
    FRAME_RATE: float = _setting(20.0, "Frames a second that a connection may send for long.")
    FRAME_BURST: int = _setting(60, "Frames that a connection may send at once.")
    SEND_WINDOW_FRAMES: int = _setting(
        128, "Frames sent without a sign of life before a connection is held back."
    )
    SEND_WINDOW_BYTES: int = _setting(
        262_144, "Bytes sent without a sign of life before a connection is held back."
    )
    DATABASE_THREADS: int = _setting(4, "Threads of a server process that run inbox queries.")


_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "float | None": (int, float, type(None)),
    "str": (str,),
    "tuple[str, ...]": (list, tuple),
    "tuple[int, ...]": (list, tuple),
    "Mapping[str, str] | None": (dict, type(None)),
}


def problems(given: object) -> list[str]:
    """Return a sentence for everything that is wrong with a `REALTIME_NOTIFY` dictionary."""
    if not isinstance(given, dict):
        return [f"{NAME} must be a dictionary, not {given!r}."]
    declared = {one.name: one for one in fields(Settings)}
    found = []
    for name, value in given.items():
        if name not in declared:
            close = difflib.get_close_matches(str(name).upper(), declared, n=1)
            hint = (
                f" Did you mean {close[0]!r}?" if close else f" There are: {', '.join(declared)}."
            )
            found.append(f"{NAME} has no setting {name!r}.{hint}")
            continue
        kind = str(declared[name].type)
        if isinstance(value, bool) is not (kind == "bool") or not isinstance(value, _TYPES[kind]):
            found.append(f"{NAME}[{name!r}] must be {kind}, not {value!r}.")
        elif isinstance(value, int | float) and value < (least := int(name in _AT_LEAST_ONE)):
            found.append(f"{NAME}[{name!r}] must be at least {least}, but is {value!r}.")
        elif isinstance(value, float) and not isfinite(value):
            found.append(f"{NAME}[{name!r}] must be a number of seconds, not {value!r}.")
    return found or _misfits(given)


def _misfits(given: dict[str, Any]) -> list[str]:
    """Say which values, each of the right type, cannot work."""
    found = []
    defaults = Settings()
    page = given.get("PAGE_SIZE", defaults.PAGE_SIZE)
    most = given.get("MAX_PAGE_SIZE", defaults.MAX_PAGE_SIZE)
    if page > most:
        found.append(f"{NAME}['PAGE_SIZE'] is {page}, more than MAX_PAGE_SIZE, which is {most}.")
    path = given.get("WEBSOCKET_PATH", "/")
    if not path.startswith("/"):
        found.append(f"{NAME}['WEBSOCKET_PATH'] must begin with a slash: '/{path}', not {path!r}.")
    intervals = given.get("INTERVALS", defaults.INTERVALS)
    found += [
        f"{NAME}['INTERVALS'] has {one!r}; an interval is a number of minutes, 0 or -1."
        for one in intervals
        if isinstance(one, bool) or not isinstance(one, int) or one < -1
    ]
    if not intervals:
        found.append(f"{NAME}['INTERVALS'] is empty; people must have something to choose.")
    found += [
        f"{NAME}['ALLOWED_ORIGINS'] has {one!r}; an origin is written 'https://{one}'."
        for one in given.get("ALLOWED_ORIGINS", ())
        if "://" not in str(one)
    ]
    return found


_AT_LEAST_ONE = {
    "CHUNK_SIZE",
    "PAGE_SIZE",
    "MAX_PAGE_SIZE",
    "SYNC_LIMIT",
    "DATABASE_THREADS",
    "FRAME_BURST",
    "SEND_WINDOW_FRAMES",
}


class _CurrentSettings:
    """The settings in force: read once, and again after Django says that they changed."""

    def __init__(self) -> None:
        self._current: Settings | None = None

    def __getattr__(self, name: str) -> Any:
        if self._current is None:
            self._current = self._load()
        return getattr(self._current, name)

    def forget(self, *, setting: str, **kwargs: object) -> None:
        """Drop what was read when a test overrides the setting."""
        if setting == NAME:
            self._current = None

    @staticmethod
    def _load() -> Settings:
        given = getattr(django_settings, NAME, {})
        if wrong := problems(given):
            raise InvalidSetting(" ".join(wrong))
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in given.items()
        }
        return Settings(**values)


_current = _CurrentSettings()
setting_changed.connect(_current.forget, dispatch_uid="realtime_notify.conf")

# Typed as what it stands for, so that a misspelt setting is a type error.
settings: Settings = _current  # type: ignore[assignment]
