"""The system checks: each wrong set-up has an id, and a hint that says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import connections
from django.db.backends.postgresql.psycopg_any import IsolationLevel

from realtime_notify import checks

PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"


def found(id: str) -> list[CheckMessage]:
    """Return what the checks say under this id."""
    return [
        one for one in run_checks(tags=["realtime_notify"]) if one.id == f"realtime_notify.{id}"
    ]


def test_a_valid_configuration_has_no_messages(settings: Any) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": PUBSUB}}

    assert run_checks(tags=["realtime_notify"]) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["PAGE_SIZE"], "must be a dictionary"),
        ({"PAGESIZE": 5}, "Did you mean 'PAGE_SIZE'?"),
        ({"page_size": 5}, "Did you mean 'PAGE_SIZE'?"),
        ({"PAGE_SIZE": "5"}, "must be int"),
        ({"PAGE_SIZE": True}, "must be int"),
        ({"PAGE_SIZE": 0}, "at least 1"),
        ({"PING_INTERVAL": -1}, "must be at least 0"),
    ],
)
def test_wrong_settings_are_named(settings: Any, given: object, said: str) -> None:
    settings.REALTIME_NOTIFY = given

    (error,) = found("E001")

    assert said in error.msg
    assert error.hint is not None


@pytest.mark.parametrize("name", ["FOLLOWING", "FREQUENCY", "SELF_SERVICE"])
@pytest.mark.parametrize("path", ["no.such.module", "realtime_notify.conf.nothing", "", "word"])
def test_a_policy_that_cannot_be_imported_is_an_error(settings: Any, name: str, path: str) -> None:
    settings.REALTIME_NOTIFY = {name: path}

    (error,) = found("E003")

    assert name in error.msg
    assert repr(path) in error.msg


def test_a_policy_that_is_a_module_is_an_error(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"WAKE_UP": "realtime_notify.delivery"}

    (error,) = found("E003")

    assert "names 'realtime_notify.delivery', which cannot be called: it is a module." in error.msg


@pytest.mark.parametrize(
    ("path", "flaw"),
    [
        ("no.such.module", "cannot be imported"),
        ("realtime_notify.conf.NAME", "cannot be called: it is a str"),
        ("realtime_notify.credentials.end_of_lifetime", "cannot be imported"),
        ("realtime_notify.credentials.authenticators.end_of_lifetime", "with one argument"),
    ],
)
def test_an_authenticator_that_cannot_be_asked_is_an_error(
    settings: Any, path: str, flaw: str
) -> None:
    settings.REALTIME_NOTIFY = {"AUTHENTICATOR": path}

    (error,) = found("E003")

    assert f"names {path!r}, which " in error.msg
    assert flaw in error.msg
    assert error.hint is not None


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the settings of the database be others: database(engine, **options)."""

    def change(engine: str, **options: Any) -> None:
        entry = {"ENGINE": f"django.db.backends.{engine}", "NAME": "/srv/site", "OPTIONS": options}
        monkeypatch.setitem(connections.settings, "default", entry)

    return change


@pytest.mark.parametrize("options", [{}, {"transaction_mode": "DEFERRED"}, {"timeout": 20}])
def test_sqlite_whose_transactions_begin_by_reading_is_reported_in_production(
    settings: Any, database: Callable[..., None], options: dict[str, Any]
) -> None:
    database("sqlite3", **options)

    (warning,) = found("W006")
    assert "transaction_mode" in warning.msg
    assert "'transaction_mode': 'IMMEDIATE'" in str(warning.hint)

    settings.DEBUG = True
    assert found("W006") == []


def test_sqlite_whose_writers_wait_their_turn_is_fine(database: Callable[..., None]) -> None:
    for mode in ("IMMEDIATE", "immediate", "EXCLUSIVE"):
        database("sqlite3", transaction_mode=mode)
        assert found("W006") == []


@pytest.mark.parametrize("level", ["repeatable read", "Serializable", "read uncommitted", None])
def test_an_isolation_that_makes_counters_drift_is_an_error_on_mariadb_and_mysql(
    database: Callable[..., None], level: str | None
) -> None:
    database("mysql", isolation_level=level)

    (error,) = found("E004")

    assert "isolation_level" in error.msg
    assert "read committed" in str(error.hint)


@pytest.mark.parametrize("options", [{}, {"isolation_level": "Read Committed"}])
def test_django_s_isolation_on_mariadb_and_mysql_is_fine(
    database: Callable[..., None], options: dict[str, Any]
) -> None:
    database("mysql", **options)

    assert found("E004") == []


def test_an_isolation_that_makes_changes_fail_is_reported_on_postgresql(
    database: Callable[..., None],
) -> None:
    for level in (IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE):
        database("postgresql", isolation_level=level)
        (warning,) = found("W007")
        assert level.name in warning.msg
    for options in ({}, {"isolation_level": IsolationLevel.READ_COMMITTED}):
        database("postgresql", **options)
        assert found("W007") == []


def test_policies_are_not_checked_when_the_settings_are_invalid(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"SELF_SERVICE": None}

    assert len(found("E001")) == 1
    assert found("E003") == []


def test_a_token_for_metrics_without_the_package_behind_them_is_an_error(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REALTIME_NOTIFY = {"METRICS_TOKEN": "K4rzGkTMrjEyzPUDkVYbHAbV5mhr"}
    assert found("E006") == []

    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    (error,) = found("E006")

    assert "prometheus-client is not installed" in error.msg
    assert "pip install 'realtime-notify[prometheus]'" in str(error.hint)
    settings.REALTIME_NOTIFY = {}
    assert found("E006") == []


@pytest.mark.parametrize("name", ["joined", "username", "groups"])
def test_a_joined_field_that_holds_no_time_is_an_error(settings: Any, name: str) -> None:
    settings.REALTIME_NOTIFY = {"JOINED_FIELD": name}

    (error,) = found("E005")

    assert f"is {name!r}, which is not a DateTimeField of User" in error.msg
    assert "date_joined" in error.msg


@pytest.mark.parametrize("given", [{}, {"JOINED_FIELD": ""}, {"JOINED_FIELD": "last_login"}])
def test_a_joined_field_may_be_another_or_none(settings: Any, given: dict[str, str]) -> None:
    settings.REALTIME_NOTIFY = given

    assert found("E005") == []


@pytest.mark.parametrize("name", ["auth", "contenttypes", "sessions"])
def test_a_missing_app_is_an_error(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    from django.apps import apps

    monkeypatch.setattr(apps, "is_installed", lambda app: app != f"django.contrib.{name}")

    (error,) = found("E002")

    assert f"django.contrib.{name}" in error.msg
    assert error.hint == f"Add 'django.contrib.{name}' to INSTALLED_APPS."


def test_missing_addresses_are_warned_of(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.no_urls"

    (warning,) = found("W005")

    assert "include('realtime_notify.urls')" in str(warning.hint)
