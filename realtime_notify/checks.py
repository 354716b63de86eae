"""System checks: what is set up wrong is said at start, with what to do about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from realtime_notify import conf

SAFE_DAPHNE = (4, 2, 2)
REQUIRED_APPS = {
    "django.contrib.auth": "notifications belong to its users",
    "django.contrib.contenttypes": "actors and targets may be of any model",
    "django.contrib.sessions": "browsers are known by their session",
}
POLICIES = ("FOLLOWING", "FREQUENCY", "SELF_SERVICE")
IN_MEMORY = "channels.layers.InMemoryChannelLayer"
CORE_REDIS = "channels_redis.core.RedisChannelLayer"
PUBSUB_REDIS = "channels_redis.pubsub.RedisPubSubChannelLayer"

TAG = "realtime_notify"


@register(TAG)
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Find everything that is wrong with the `REALTIME_NOTIFY` dictionary."""
    given = getattr(django_settings, conf.NAME, {})
    return [
        Error(
            sentence,
            hint=f"Correct the {conf.NAME} setting; docs/settings.md lists every entry.",
            id="realtime_notify.E001",
        )
        for sentence in conf.problems(given)
    ]


@register(TAG)
def check_policies(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Find policies that cannot be imported, before somebody's request does."""
    if conf.problems(getattr(django_settings, conf.NAME, {})):
        return []  # said already
    found: list[CheckMessage] = []
    for name in POLICIES:
        path = getattr(conf.settings, name)
        try:
            import_string(path)
        except ImportError as error:
            found.append(
                Error(
                    f"{conf.NAME}[{name!r}] names {path!r}, which cannot be imported: {error}",
                    hint="Give the dotted path of something in a module that can be imported.",
                    id="realtime_notify.E003",
                )
            )
    return found


@register(TAG)
def check_installed_apps(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Find the apps of Django's own that are needed and not installed."""
    return [
        Error(
            f"realtime_notify needs {name!r}, because {why}.",
            hint=f"Add {name!r} to INSTALLED_APPS.",
            id="realtime_notify.E002",
        )
        for name, why in REQUIRED_APPS.items()
        if not apps.is_installed(name)
    ]


@register(TAG)
def check_asgi(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Find what keeps browsers from opening a socket."""
    path = getattr(django_settings, "ASGI_APPLICATION", None)
    if path and not path.endswith("wsgi.application"):
        return []
    said = f"is {path!r}, which speaks WSGI" if path else "is not set"
    return [
        Warning(
            f"ASGI_APPLICATION {said}: `runserver` will serve pages but no socket, and "
            "notifications show up only when a page is loaded.",
            hint="Set ASGI_APPLICATION = '<project>.asgi.application' and route WebSockets to "
            "realtime_notify there; docs/quickstart.md shows the lines.",
            id="realtime_notify.W001",
        )
    ]


@register(TAG)
def check_daphne(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn of versions of Daphne that are known to be unsafe."""
    try:
        installed = version("daphne")
    except PackageNotFoundError:
        return []  # Another ASGI server serves as well.
    numbers = tuple(int(number) for number in re.findall(r"\d+", installed)[:3])
    if numbers >= SAFE_DAPHNE:
        return []
    return [
        Warning(
            f"Daphne {installed} has known security problems.",
            hint="Run: pip install 'daphne>=4.2.2'",
            id="realtime_notify.W002",
        )
    ]


@register(TAG)
def check_channel_layer(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Say what the configured channel layer means for how fast a push arrives."""
    layers = getattr(django_settings, "CHANNEL_LAYERS", None) or {}
    backend = layers.get("default", {}).get("BACKEND") if isinstance(layers, dict) else None
    redis_hint = f"Set CHANNEL_LAYERS['default']['BACKEND'] = {PUBSUB_REDIS!r}."
    if backend is None:
        return [
            Info(
                "CHANNEL_LAYERS has no 'default': notifications sent by another process show up "
                "when the heal query finds them, every second or so, instead of at once.",
                hint=f"This is fine on one machine with one process. Otherwise: {redis_hint}",
                id="realtime_notify.I001",
            )
        ]
    if backend == IN_MEMORY and not django_settings.DEBUG:
        return [
            Warning(
                "The in-memory channel layer does not reach other processes: what a worker, a "
                "command or a second server sends shows up when the heal query finds it.",
                hint=redis_hint,
                id="realtime_notify.W003",
            )
        ]
    if backend == CORE_REDIS:
        return [
            Warning(
                f"{CORE_REDIS} silently drops messages above its capacity (100 waiting in one "
                "process by default); they show up when the heal query finds them.",
                hint=f"Prefer the Pub/Sub layer, which has no such limit. {redis_hint}",
                id="realtime_notify.W004",
            )
        ]
    return []


@register(TAG, Tags.urls)
def check_urls(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn when the inbox page and the HTTP addresses are nowhere to be found."""
    if not getattr(django_settings, "ROOT_URLCONF", None):
        return []
    try:
        reverse("realtime_notify:inbox")
    except NoReverseMatch:
        return [
            Warning(
                "The addresses of realtime_notify are not in the URLconf: the bell cannot link "
                "to the inbox, nor do without its socket.",
                hint="Add path('notifications/', include('realtime_notify.urls')) to "
                f"{django_settings.ROOT_URLCONF}.",
                id="realtime_notify.W005",
            )
        ]
    return []
