"""System checks of what carries pushes: the WebSocket, its server and the channel layer."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Info, Warning, register
from django.core.management import get_commands
from django.db import connections
from django.utils.module_loading import import_string

from realtime_notify import conf

SAFE_DAPHNE = (4, 2, 2)
IN_MEMORY = "channels.layers.InMemoryChannelLayer"
CORE_REDIS = "channels_redis.core.RedisChannelLayer"
PUBSUB_REDIS = "channels_redis.pubsub.RedisPubSubChannelLayer"
POSTGRESQL = "realtime_notify.layers.postgresql.PostgreSQLChannelLayer"
PGBOUNCER_PORT = "6432"


@register("realtime_notify")
def check_asgi(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn if `runserver` cannot serve WebSockets, on a site that has one."""
    path = getattr(django_settings, "ASGI_APPLICATION", None)
    if not _has_socket() or (path and not path.endswith("wsgi.application")):
        return []
    problem = f"is {path!r}, a WSGI application" if path else "is not set"
    return [
        Warning(
            f"ASGI_APPLICATION {problem}: `runserver` serves pages but no WebSockets, so that "
            "browsers try to open one in vain, and then ask over HTTP.",
            hint="Set ASGI_APPLICATION = '<project>.asgi.application' and route WebSockets to "
            "realtime_notify there; docs/quickstart.md shows the lines. If the site is to have no "
            f"WebSocket, set {conf.NAME}['WEBSOCKET_PATH'] to ''.",
            id="realtime_notify.W001",
        )
    ]


@register("realtime_notify")
def check_runserver(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn whoever runs Django's own `runserver`, on a site that has a socket.

    Only they are warned: a site that is served by something else does not need another.
    """
    if sys.argv[1:2] != ["runserver"] or not _has_socket() or check_asgi(None):
        return []
    if get_commands().get("runserver") not in ("django.core", "django.contrib.staticfiles"):
        return []
    return [
        Warning(
            "This `runserver` is Django's own, which serves pages but no WebSockets, so that "
            "browsers try to open one in vain, and then ask over HTTP.",
            hint="Put 'daphne' first in INSTALLED_APPS, so that its `runserver` takes the place of "
            "Django's.",
            id="realtime_notify.W012",
        )
    ]


@register("realtime_notify")
def check_socket(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn about origins that may open a socket, on a site that has none."""
    if _has_socket() or not conf.settings.ALLOWED_ORIGINS:
        return []
    origins = ", ".join(conf.settings.ALLOWED_ORIGINS)
    return [
        Warning(
            f"{conf.NAME}['ALLOWED_ORIGINS'] lets {origins} open a WebSocket, and the site "
            "has none: 'WEBSOCKET_PATH' is empty.",
            hint="Remove 'ALLOWED_ORIGINS', or set 'WEBSOCKET_PATH' to the path of the WebSocket, "
            "by default '/ws/notifications/'.",
            id="realtime_notify.W010",
        )
    ]


@register("realtime_notify")
def check_daphne(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn about versions of Daphne with known vulnerabilities."""
    try:
        installed = version("daphne")
    except PackageNotFoundError:
        return []  # another ASGI server is in use
    numbers = tuple(int(number) for number in re.findall(r"\d+", installed)[:3])
    if numbers >= SAFE_DAPHNE:
        return []
    return [
        Warning(
            f"Daphne {installed} has known vulnerabilities.",
            hint="Run: pip install 'daphne>=4.2.2'",
            id="realtime_notify.W002",
        )
    ]


@register("realtime_notify")
def check_channel_layer(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Report channel layers that delay pushes over the socket."""
    if not _has_socket():
        return []
    layers = getattr(django_settings, "CHANNEL_LAYERS", None) or {}
    backend = layers.get("default", {}).get("BACKEND") if isinstance(layers, dict) else None
    redis_hint = (
        f"Set CHANNEL_LAYERS['default']['BACKEND'] = {PUBSUB_REDIS!r}, or without Redis, on "
        f"PostgreSQL, {POSTGRESQL!r}."
    )
    if backend is None:
        return [
            Info(
                "CHANNEL_LAYERS has no 'default': notifications from other processes appear when "
                "the heal query finds them, about once a second, instead of at once.",
                hint=f"A single process needs no channel layer. Otherwise: {redis_hint}",
                id="realtime_notify.I001",
            )
        ]
    if backend == IN_MEMORY and not django_settings.DEBUG:
        return [
            Warning(
                "The in-memory channel layer does not reach other processes: notifications from a "
                "worker, a command or a second server appear when the heal query finds them.",
                hint=redis_hint,
                id="realtime_notify.W003",
            )
        ]
    if backend == CORE_REDIS:
        return [
            Warning(
                f"{CORE_REDIS} silently drops messages beyond its capacity (by default 100 waiting "
                "in one process); their notifications appear when the heal query finds them.",
                hint="Use the Pub/Sub layer, which has no such limit. "
                f"Set CHANNEL_LAYERS['default']['BACKEND'] = {PUBSUB_REDIS!r}.",
                id="realtime_notify.W004",
            )
        ]
    return []


@register("realtime_notify")
def check_layer_exists(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Report a channel layer that cannot be imported."""
    layers = getattr(django_settings, "CHANNEL_LAYERS", None) or {}
    layer = layers.get("default") if isinstance(layers, dict) else None
    if not isinstance(layer, dict) or layer.get("BACKEND") == POSTGRESQL:
        return []  # check_postgresql_layer() says what that one lacks
    backend = layer.get("BACKEND")
    if not (flaw := _flaw_of_layer(backend)):
        return []
    known = (PUBSUB_REDIS, CORE_REDIS, POSTGRESQL, IN_MEMORY)
    close = difflib.get_close_matches(str(backend), known, n=1)
    hint = (
        f"Did you mean {close[0]!r}?"
        if close
        else (
            f"Correct the path, or install its package. CHANNEL_LAYERS may name {PUBSUB_REDIS!r}."
        )
    )
    return [
        Error(
            f"CHANNEL_LAYERS['default']['BACKEND'] is {backend!r}, {flaw}",
            hint=hint,
            id="realtime_notify.E019",
        )
    ]


def _flaw_of_layer(backend: object) -> str:
    """Return why a setting cannot name this, as the end of a sentence; "" if it can."""
    if not isinstance(backend, str) or not backend:
        return "and must be the dotted path of a class."
    try:
        import_string(backend)
    except ImportError as error:
        return f"which cannot be imported: {error}"
    return ""


@register("realtime_notify")
def check_postgresql_layer(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Report a database that the PostgreSQL layer cannot use, or hears nothing from."""
    layers = getattr(django_settings, "CHANNEL_LAYERS", None) or {}
    layer = layers.get("default", {}) if isinstance(layers, dict) else {}
    if layer.get("BACKEND") != POSTGRESQL:
        return []
    alias = layer.get("CONFIG", {}).get("database", "default")
    entry = connections.settings.get(alias, {})
    if flaw := _flaw_of_database(entry):
        return [
            Error(
                f"The PostgreSQL channel layer cannot use the database {alias!r}: {flaw}.",
                hint="Name the alias of a PostgreSQL database in "
                "CHANNEL_LAYERS['default']['CONFIG']['database'], and install psycopg 3.2 or "
                f"later. Or set CHANNEL_LAYERS['default']['BACKEND'] = {PUBSUB_REDIS!r}.",
                id="realtime_notify.E018",
            )
        ]
    if sign := _sign_of_pooler(entry):
        return [
            Warning(
                f"DATABASES[{alias!r}] has {sign}, as behind a pooler in transaction mode. There "
                "LISTEN hears nothing, so notifications from other processes appear when the heal "
                "query finds them.",
                hint="Add a database alias that leads to PostgreSQL directly, or to a pool in "
                "session mode, and name it in CHANNEL_LAYERS['default']['CONFIG']['database'].",
                id="realtime_notify.W011",
            )
        ]
    return []


def _flaw_of_database(entry: dict[str, Any]) -> str:
    """Return why the PostgreSQL layer cannot use a database; "" if it can."""
    if not entry:
        return "DATABASES does not have it"
    if entry["ENGINE"].rpartition(".")[2] not in ("postgresql", "postgis"):
        return f"its engine is {entry['ENGINE']!r}"
    return "" if find_spec("psycopg") else "psycopg is not installed"


def _sign_of_pooler(entry: dict[str, Any]) -> str:
    """Return which setting says that a pooler is in the way; "" if none does."""
    if entry.get("DISABLE_SERVER_SIDE_CURSORS"):
        return "'DISABLE_SERVER_SIDE_CURSORS': True"
    if str(entry.get("PORT", "")) == PGBOUNCER_PORT:
        return f"'PORT': {entry['PORT']!r}"
    return ""


def _has_socket() -> bool:
    """Tell whether the site has a socket. If another check reports the settings, it may."""
    wrong = conf.problems(getattr(django_settings, conf.NAME, {}))
    return bool(wrong or conf.settings.WEBSOCKET_PATH)
