"""System checks: they report mistakes in the set-up, with what to do about them."""

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
POLICIES = ("FOLLOWING", "FREQUENCY", "SELF_SERVICE", "WAKE_UP")
IN_MEMORY = "channels.layers.InMemoryChannelLayer"
CORE_REDIS = "channels_redis.core.RedisChannelLayer"
PUBSUB_REDIS = "channels_redis.pubsub.RedisPubSubChannelLayer"

TAG = "realtime_notify"


@register(TAG)
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Report mistakes in the `REALTIME_NOTIFY` setting."""
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
    """Report classes and functions, named by settings, that cannot be imported."""
    if conf.problems(getattr(django_settings, conf.NAME, {})):
        return []  # check_settings() reports them
    found: list[CheckMessage] = []
    for name in POLICIES:
        path = getattr(conf.settings, name)
        if not path and name == "WAKE_UP":
            continue
        try:
            import_string(path)
        except ImportError as error:
            found.append(
                Error(
                    f"{conf.NAME}[{name!r}] names {path!r}, which cannot be imported: {error}",
                    hint="Set it to the dotted path of a class or function.",
                    id="realtime_notify.E003",
                )
            )
    return found


@register(TAG)
def check_installed_apps(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Report required apps of Django that are not installed."""
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
    """Warn if `runserver` cannot serve WebSockets."""
    path = getattr(django_settings, "ASGI_APPLICATION", None)
    if path and not path.endswith("wsgi.application"):
        return []
    problem = f"is {path!r}, a WSGI application" if path else "is not set"
    return [
        Warning(
            f"ASGI_APPLICATION {problem}: `runserver` serves pages but no WebSockets, so that "
            "notifications appear only when a page is loaded.",
            hint="Set ASGI_APPLICATION = '<project>.asgi.application' and route WebSockets to "
            "realtime_notify there; docs/quickstart.md shows the lines.",
            id="realtime_notify.W001",
        )
    ]


@register(TAG)
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


@register(TAG)
def check_channel_layer(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Report channel layers that delay pushes."""
    layers = getattr(django_settings, "CHANNEL_LAYERS", None) or {}
    backend = layers.get("default", {}).get("BACKEND") if isinstance(layers, dict) else None
    redis_hint = f"Set CHANNEL_LAYERS['default']['BACKEND'] = {PUBSUB_REDIS!r}."
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
                hint=f"Use the Pub/Sub layer, which has no such limit. {redis_hint}",
                id="realtime_notify.W004",
            )
        ]
    return []


@register(TAG, Tags.urls)
def check_urls(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn if the URLs of this package are not included in the URLconf."""
    if not getattr(django_settings, "ROOT_URLCONF", None):
        return []
    try:
        reverse("realtime_notify:inbox")
    except NoReverseMatch:
        return [
            Warning(
                "The URLs of realtime_notify are not in the URLconf: the bell cannot link to the "
                "inbox, and does not work without its WebSocket.",
                hint="Add path('notifications/', include('realtime_notify.urls')) to "
                f"{django_settings.ROOT_URLCONF}.",
                id="realtime_notify.W005",
            )
        ]
    return []
