"""The settings: one dictionary, `REALTIME_NOTIFY`, read through one typed class.

Every attribute of `Settings` can be overridden by an entry of the same name::

    REALTIME_NOTIFY = {"PAGE_SIZE": 50}

All other modules read these settings from here.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from math import isfinite
from typing import Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed

from realtime_notify.exceptions import InvalidSetting

NAME = "REALTIME_NOTIFY"


def _setting(default: Any, doc: str, *, at_least: int = 0) -> Any:
    """Declare a setting.

    Args:
        default: its default.
        doc: its documentation, which docs/settings.md repeats.
        at_least: the smallest value of a number.
    """
    return field(default=default, metadata={"doc": doc, "at_least": at_least})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of realtime_notify, with their defaults."""

    # Delivery
    CHUNK_SIZE: int = _setting(2000, "How many recipients one transaction delivers to.", at_least=1)
    INLINE_RECIPIENTS: int = _setting(
        2000,
        "How many recipients the caller of `notify()` delivers to itself, right after the commit. "
        "The worker delivers to the rest. 0 leaves everything to the worker.",
    )
    INLINE_SECONDS: float = _setting(
        0.1,
        "How long the caller delivers after a commit, in seconds: a chunk that has begun is "
        "finished, and the rest is left to the worker.",
    )
    LAZY_ABOVE: int | None = _setting(
        None,
        "An event for more subscribers than this becomes a broadcast: one row for everybody, which "
        "each inbox takes in when it is next looked at. `None`: only where `notify()` or the type "
        "says so.",
    )
    SMALL_AUDIENCE: int = _setting(
        20, "Pushes to at most this many recipients are sent one by one instead of to a group."
    )
    SWEEP_INTERVAL: float = _setting(
        2.0,
        "Seconds between two searches for due deliveries, in the worker and in each server "
        "process. 0: server processes never search, and a worker must run.",
    )
    WAKE_UP: str = _setting(
        "",
        "The function `(when)` that has a task engine call `run_due()`: at the moment `when`, or "
        "at once if it is None. Empty: nothing is called.",
    )
    MESSAGE_MAX_LENGTH: int = _setting(
        10_000, "Maximum length of a message or a description, in characters."
    )
    DATA_MAX_BYTES: int = _setting(32_768, "Maximum size of an event's `data`, in bytes of JSON.")

    DEFAULT_KEY: str = _setting(
        "notification", "The key of notifications that the `notify` signal sends without one."
    )
    FOLLOWING: str = _setting(
        "realtime_notify.audience.following.Following",
        "The class that decides who follows whom, for subscriptions with `only_following`.",
    )
    JOINED_FIELD: str = _setting(
        "date_joined",
        "The user model's field with the time a user joined: `recipients=EVERYONE` reaches those "
        "who had joined when the event happened. A model without the field: all users.",
    )
    SELF_SERVICE: str = _setting(
        "realtime_notify.subscriptions.self_service.allows",
        "The function `(user, type, target) -> bool` that decides what users may subscribe to "
        "from the browser. `target` is None for all events of the type.",
    )
    INTERVALS: tuple[int, ...] = _setting(
        (0, 1440, 10080, 43200, -1),
        "The intervals that users can choose from, in minutes. 0: at once. -1: never.",
    )
    FREQUENCY: str = _setting(
        "realtime_notify.subscriptions.profiles.chosen",
        "The function `(subscription) -> int` that returns how often a subscription may "
        "interrupt, in minutes.",
    )

    # Reading
    SOFT_DELETE: bool = _setting(
        True,
        "Whether deleting a notification keeps its row, marked as deleted. False: the row is "
        "removed, and browsers that were offline reload the inbox.",
    )
    PAGE_SIZE: int = _setting(
        20, "Notifications on a page, unless a request says otherwise.", at_least=1
    )
    MAX_PAGE_SIZE: int = _setting(
        100, "Maximum number of notifications that a request may ask for.", at_least=1
    )
    SYNC_LIMIT: int = _setting(
        200,
        "A browser that missed more changes than this gets a new first page instead.",
        at_least=1,
    )

    # Retention
    RETENTION: Mapping[str, int] | None = _setting(
        None,
        "What the worker removes by itself, once a day: notifications that were `read`, "
        "`archived`, `deleted` or are `unread` after so many days, those of events that `expired` "
        "so many days ago, those above the number that each inbox may `keep`, and `events` that "
        "are in no inbox after so many days. `None`: nothing.",
    )

    # Rendering
    RENDERING_STYLE: str = _setting(
        "", "The name of the fallback rendering style. Empty: there is no fallback."
    )
    RENDERER_ORDER: tuple[str, ...] = _setting(
        ("type", "group"),
        "Which of two renderers of one style takes precedence: that of the type or of its group.",
    )
    TEXT_TEMPLATES: Mapping[str, str] | None = _setting(
        None,
        "Template files for types without a renderer, by glob of their keys; the first match "
        "wins. `**` matches every key.",
    )
    HTML_TEMPLATES: Mapping[str, str] | None = _setting(
        None, "The same as `TEXT_TEMPLATES`, for HTML."
    )

    # Who it is
    AUTHENTICATOR: str = _setting(
        "",
        "The class or function `(headers)` that knows users by something else than Django's "
        "session cookie, such as a token. Empty: there is nothing else.",
    )
    CREDENTIALS_LIFETIME: float = _setting(
        900.0,
        "Seconds after which a socket that was not opened by a session shows its credentials "
        "again, where they do not say themselves when they expire.",
        at_least=1,
    )
    TICKET_LIFETIME: float = _setting(
        30.0, "Seconds within which a ticket opens a socket.", at_least=1
    )

    # The socket
    WEBSOCKET_PATH: str = _setting("/ws/notifications/", "The path of the WebSocket.")
    ALLOWED_ORIGINS: tuple[str, ...] = _setting(
        (),
        "Origins that may open a socket in addition to the site's own, such as "
        "`https://app.example.com`. `CSRF_TRUSTED_ORIGINS` are allowed as well.",
    )
    PING_INTERVAL: float = _setting(25.0, "Seconds between two heartbeats of a connection.")
    HELLO_TIMEOUT: float = _setting(10.0, "Seconds a new connection has to send `hello`.")
    HEAL_INTERVAL: float | None = _setting(
        None,
        "Seconds between two heal queries, which find lost pushes. `None`: 1 if processes cannot "
        "reach each other (in-memory channel layer, or none), otherwise 5.",
    )
    PROBE_INTERVAL: float = _setting(5.0, "Seconds between two probes of the channel layer.")
    SESSION_CHECK_INTERVAL: float = _setting(
        60.0, "Seconds after which the session of a connection is checked again."
    )
    MAX_CONNECTIONS_PER_USER: int = _setting(
        50, "Maximum number of connections of one user in one process."
    )
    MAX_FRAME_BYTES: int = _setting(
        16_384, "Maximum size of a frame that a browser sends, in bytes."
    )
    FRAME_RATE: float = _setting(20.0, "Frames per second that a connection may send on average.")
    FRAME_BURST: int = _setting(60, "Frames that a connection may send in one burst.", at_least=1)
    SEND_WINDOW_FRAMES: int = _setting(
        128, "Unacknowledged frames after which pushes to a connection pause.", at_least=1
    )
    SEND_WINDOW_BYTES: int = _setting(
        262_144,
        "Unacknowledged bytes, counted as characters, after which pushes to a connection pause.",
    )
    DATABASE_THREADS: int = _setting(
        4, "Threads of a server process that run inbox queries.", at_least=1
    )


MAX_AGE_DAYS = 36_500
"""The greatest age of `RETENTION`: the calendar of databases ends soon after."""
RETENTION_RULES = ("read", "archived", "deleted", "unread", "expired", "keep", "events")

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
        return [f"{NAME}[{setting.name!r}] must be {expected}, not {value!r}."]
    if isinstance(value, float) and not isfinite(value):
        return [f"{NAME}[{setting.name!r}] must be a number of seconds, not {value!r}."]
    if isinstance(value, int | float) and value < at_least:
        return [f"{NAME}[{setting.name!r}] must be at least {at_least}, but is {value!r}."]
    return []


def _conflicts(given: dict[str, Any]) -> list[str]:
    """Return a sentence for each value that has the right type and still cannot work."""
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
        f"{NAME}['INTERVALS'] has {interval!r}; an interval is a number of minutes, 0 or -1."
        for interval in intervals
        if isinstance(interval, bool) or not isinstance(interval, int) or interval < -1
    ]
    if not intervals:
        found.append(f"{NAME}['INTERVALS'] is empty; add at least one interval to choose.")
    for rule, number in (given.get("RETENTION") or {}).items():
        if rule not in RETENTION_RULES:
            known = ", ".join(RETENTION_RULES)
            found.append(f"{NAME}['RETENTION'] has {rule!r}; it may have: {known}.")
        elif isinstance(number, bool) or not isinstance(number, int) or number < (rule == "keep"):
            least = "1 notification" if rule == "keep" else "0 days"
            found.append(f"{NAME}['RETENTION'][{rule!r}] must be at least {least}, not {number!r}.")
        elif rule != "keep" and number > MAX_AGE_DAYS:
            most = f"at most {MAX_AGE_DAYS:,} days"
            found.append(f"{NAME}['RETENTION'][{rule!r}] must be {most}, not {number!r}.")
    found += [
        f"{NAME}['ALLOWED_ORIGINS'] has {origin!r}; an origin is written 'https://{origin}'."
        for origin in given.get("ALLOWED_ORIGINS", ())
        if "://" not in str(origin)
    ]
    return found


class _CurrentSettings:
    """The current settings, cached until Django's `setting_changed` signal."""

    def __init__(self) -> None:
        self._current: Settings | None = None

    def __getattr__(self, name: str) -> Any:
        if self._current is None:
            self._current = self._load()
        return getattr(self._current, name)

    def forget(self, *, setting: str, **kwargs: object) -> None:
        """Drop the cached settings when a test overrides them. Receiver of `setting_changed`."""
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

# Typed as Settings, so that type checkers report a misspelt setting.
settings: Settings = _current  # type: ignore[assignment]
