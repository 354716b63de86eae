"""System checks: they report mistakes in the set-up, with what to do about them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections, models, router
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from realtime_notify import conf
from realtime_notify.credentials.authenticators import authenticator
from realtime_notify.exceptions import InvalidSetting
from realtime_notify.models import Inbox

REQUIRED_APPS = {
    "django.contrib.auth": "notifications belong to its users",
    "django.contrib.contenttypes": "actors and targets may be of any model",
    "django.contrib.sessions": "browsers are known by their session",
}
POLICIES = ("ADDRESS_OWNER", "FOLLOWING", "FREQUENCY", "READER", "SELF_SERVICE")
OPTIONAL_POLICIES = ("ACTOR_IMAGE", "AUTHENTICATOR", "SUBSCRIBE_BY_ADDRESS", "WAKE_UP")
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
    """Report classes and functions, named by settings, that cannot be imported or called."""
    if conf.problems(getattr(django_settings, conf.NAME, {})):
        return []  # check_settings() reports them
    found: list[CheckMessage] = []
    for name in (*POLICIES, *OPTIONAL_POLICIES):
        path = getattr(conf.settings, name)
        if not path and name in OPTIONAL_POLICIES:
            continue
        if flaw := _flaw_of_policy(name, path):
            found.append(
                Error(
                    f"{conf.NAME}[{name!r}] names {path!r}, which {flaw}",
                    hint="Set it to the dotted path of a class or function.",
                    id="realtime_notify.E003",
                )
            )
    return found


def _flaw_of_policy(name: str, path: str) -> str:
    """Return why a setting cannot name this, as the end of a sentence; "" if it can."""
    try:
        policy = authenticator(path) if name == "AUTHENTICATOR" else import_string(path)
    except InvalidSetting as error:
        return str(error)
    except ImportError as error:
        return f"cannot be imported: {error}"
    return "" if callable(policy) else f"cannot be called: it is a {type(policy).__name__}."


@register(TAG)
def check_metrics(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Report a `METRICS_TOKEN` that opens an address without anything behind it."""
    given = getattr(django_settings, conf.NAME, {})
    if conf.problems(given) or not given.get("METRICS_TOKEN") or find_spec("prometheus_client"):
        return []
    return [
        Error(
            f"{conf.NAME}['METRICS_TOKEN'] is set, and prometheus-client is not installed.",
            hint="Run: pip install 'realtime-notify[prometheus]'. Or remove the setting.",
            id="realtime_notify.E006",
        )
    ]


@register(TAG)
def check_joined_field(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Report a `JOINED_FIELD` that the user model does not have."""
    given = getattr(django_settings, conf.NAME, {})
    if conf.problems(given) or not given.get("JOINED_FIELD"):
        return []
    user_model = get_user_model()
    times = [
        field.name for field in user_model._meta.fields if isinstance(field, models.DateTimeField)
    ]
    name = given["JOINED_FIELD"]
    if name in times:
        return []
    return [
        Error(
            f"{conf.NAME}['JOINED_FIELD'] is {name!r}, which is not a DateTimeField of "
            f"{user_model.__name__}; it has: {', '.join(times) or 'none'}.",
            hint="Name the field with the time a user joined; '' if there is none, so that "
            "recipients=EVERYONE reaches all active users.",
            id="realtime_notify.E005",
        )
    ]


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


@register(TAG)
def check_database(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Report settings of the database under which changes of an inbox fail, or go wrong."""
    alias = router.db_for_write(Inbox)
    entry = connections.settings[alias]
    check = _DATABASE_CHECKS.get(entry["ENGINE"].rpartition(".")[2])
    return check(f"DATABASES[{alias!r}]['OPTIONS']", entry.get("OPTIONS", {})) if check else []


def _check_sqlite(where: str, options: dict[str, Any]) -> list[CheckMessage]:
    mode = str(options.get("transaction_mode") or "DEFERRED").upper()
    if mode in ("IMMEDIATE", "EXCLUSIVE") or django_settings.DEBUG:
        return []
    return [
        Warning(
            f"{where} has no 'transaction_mode': a transaction that reads and then writes, such as "
            "a request under ATOMIC_REQUESTS, fails with 'database is locked' when another process "
            "has written meanwhile.",
            hint="Let writers wait for each other: 'transaction_mode': 'IMMEDIATE', 'timeout': 20, "
            "'init_command': 'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;'.",
            id="realtime_notify.W006",
        )
    ]


def _check_mysql(where: str, options: dict[str, Any]) -> list[CheckMessage]:
    level = options.get("isolation_level", "read committed")
    if level is not None and level.lower() == "read committed":
        return []
    server = "" if level else ", the server's default, which is REPEATABLE READ"
    return [
        Error(
            f"{where}['isolation_level'] is {level!r}{server}. There, a transaction counts rows as "
            "they were when it began, so the counters of inboxes would drift.",
            hint="Remove it, or set it to 'read committed', Django's default.",
            id="realtime_notify.E004",
        )
    ]


def _check_postgresql(where: str, options: dict[str, Any]) -> list[CheckMessage]:
    from django.db.backends.postgresql.psycopg_any import IsolationLevel

    level = options.get("isolation_level")
    if level not in (IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE):
        return []
    return [
        Warning(
            f"{where}['isolation_level'] is {IsolationLevel(level).name}: changes of an inbox that "
            "meet each other, or meet a delivery, fail with a serialization error. Counters stay "
            "exact, but every caller has to repeat its transaction.",
            hint="Remove it, or set it to IsolationLevel.READ_COMMITTED, PostgreSQL's default.",
            id="realtime_notify.W007",
        )
    ]


_DATABASE_CHECKS = {
    "sqlite3": _check_sqlite,
    "spatialite": _check_sqlite,
    "mysql": _check_mysql,
    "postgresql": _check_postgresql,
    "postgis": _check_postgresql,
}
"""The checks by the last part of the name of the database's engine."""
