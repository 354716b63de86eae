"""The system checks of what carries pushes."""

from __future__ import annotations

import importlib.metadata
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import connections

PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"


def found(id: str) -> list[CheckMessage]:
    """Return what the checks say under this id."""
    return [
        one for one in run_checks(tags=["realtime_notify"]) if one.id == f"realtime_notify.{id}"
    ]


@pytest.mark.parametrize(
    ("path", "says"), [(None, "is not set"), ("mysite.wsgi.application", "a WSGI application")]
)
def test_a_project_without_asgi_is_warned(settings: Any, path: str | None, says: str) -> None:
    settings.ASGI_APPLICATION = path

    (warning,) = found("W001")

    assert says in warning.msg
    assert "ASGI_APPLICATION" in str(warning.hint)
    assert "['WEBSOCKET_PATH'] to ''" in str(warning.hint)


@pytest.mark.parametrize(
    ("server", "warned"),
    [("django.core", True), ("django.contrib.staticfiles", True), ("daphne", False)],
)
def test_who_runs_a_runserver_without_websockets_is_warned(
    settings: Any, monkeypatch: pytest.MonkeyPatch, server: str, warned: bool
) -> None:
    settings.ASGI_APPLICATION = "mysite.asgi.application"
    commands = {"runserver": server}
    monkeypatch.setattr("realtime_notify.live.checks.get_commands", lambda: commands)
    monkeypatch.setattr("sys.argv", ["manage.py", "runserver", "8000"])

    assert [("'daphne'" in str(one.hint)) for one in found("W012")] == [True] * warned
    settings.REALTIME_NOTIFY = {"WEBSOCKET_PATH": ""}
    assert found("W012") == []


def test_who_serves_by_something_else_than_runserver_is_not_warned(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ASGI_APPLICATION = "mysite.asgi.application"
    commands = {"runserver": "django.core"}
    monkeypatch.setattr("realtime_notify.live.checks.get_commands", lambda: commands)
    for argv in (["manage.py", "check"], ["uvicorn", "mysite.asgi:application"], [""]):
        monkeypatch.setattr("sys.argv", argv)
        assert found("W012") == []


def test_a_site_without_a_socket_needs_neither_asgi_nor_a_channel_layer(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"WEBSOCKET_PATH": ""}
    settings.ASGI_APPLICATION = None
    settings.CHANNEL_LAYERS = {}

    assert run_checks(tags=["realtime_notify"]) == []


def test_origins_that_may_open_a_socket_where_there_is_none_are_warned_of(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {
        "WEBSOCKET_PATH": "",
        "ALLOWED_ORIGINS": ["https://app.example.com"],
    }

    (warning,) = found("W010")

    assert "lets https://app.example.com open a WebSocket" in warning.msg
    assert "Remove 'ALLOWED_ORIGINS', or set 'WEBSOCKET_PATH'" in str(warning.hint)


def test_the_socket_of_wrong_settings_is_not_looked_at(settings: Any) -> None:
    settings.REALTIME_NOTIFY = ["WEBSOCKET_PATH"]

    assert found("W010") == []


@pytest.mark.parametrize(
    ("version", "warned"), [("4.2.1", True), ("4.1", True), ("4.2.2", False), ("5.0", False)]
)
def test_an_unsafe_daphne_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, version: str, warned: bool
) -> None:
    monkeypatch.setattr("realtime_notify.live.checks.version", lambda name: version)

    assert bool(found("W002")) is warned


def test_another_server_than_daphne_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("realtime_notify.live.checks.version", missing)

    assert found("W002") == []


@pytest.mark.parametrize("layers", [{}, None, {"other": {"BACKEND": PUBSUB}}])
def test_no_channel_layer_is_fine_on_one_process(settings: Any, layers: object) -> None:
    settings.CHANNEL_LAYERS = layers

    (info,) = found("I001")

    assert PUBSUB in str(info.hint)


@pytest.mark.parametrize(("debug", "warned"), [(True, False), (False, True)])
def test_the_in_memory_layer_is_for_development(settings: Any, debug: bool, warned: bool) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    settings.DEBUG = debug

    assert bool(found("W003")) is warned


def test_the_core_redis_layer_is_warned_of(settings: Any) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer"}}

    (warning,) = found("W004")

    assert PUBSUB in str(warning.hint)


@pytest.mark.parametrize(
    ("backend", "says", "advice"),
    [
        (
            "channels_redis.pubsub.RedisPubsubChannelLayer",
            'cannot be imported: Module "channels_redis.pubsub" does not define',
            f"Did you mean {PUBSUB!r}?",
        ),
        ("mysite.Layer", "No module named 'mysite'", "install its package"),
        (None, "is None, and must be the dotted path of a class", PUBSUB),
    ],
)
def test_a_channel_layer_that_cannot_be_imported_is_an_error(
    settings: Any, backend: str | None, says: str, advice: str
) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend}}

    (error,) = found("E019")

    assert says in error.msg
    assert advice in str(error.hint)


def test_a_channel_layer_of_any_package_is_fine(settings: Any) -> None:
    for backend in (PUBSUB, "tests.doctor.test_layer.Deaf"):
        settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend}}
        assert found("E019") == []


POSTGRESQL = "realtime_notify.layers.postgresql.PostgreSQLChannelLayer"


@pytest.fixture
def direct(settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The entry of a database "direct", through which the layer goes."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": POSTGRESQL, "CONFIG": {"database": "direct"}}}
    entry = {"ENGINE": "django.db.backends.postgresql", "NAME": "site", "PORT": "5432"}
    monkeypatch.setitem(connections.settings, "direct", entry)
    return entry


def test_the_postgresql_layer_is_fine_on_postgresql(direct: dict[str, Any]) -> None:
    assert found("E018") == found("W011") == found("W003") == []


def test_the_postgresql_layer_on_another_database_is_an_error(direct: dict[str, Any]) -> None:
    direct["ENGINE"] = "django.db.backends.mysql"

    (error,) = found("E018")

    assert "'direct': its engine is 'django.db.backends.mysql'" in error.msg


def test_a_database_that_does_not_exist_is_an_error(direct: dict[str, Any], settings: Any) -> None:
    settings.CHANNEL_LAYERS["default"]["CONFIG"]["database"] = "missing"

    (error,) = found("E018")

    assert "DATABASES does not have it" in error.msg


@pytest.mark.parametrize("sign", [{"PORT": 6432}, {"DISABLE_SERVER_SIDE_CURSORS": True}])
def test_signs_of_a_pooler_before_the_postgresql_layer_are_warned_of(
    direct: dict[str, Any], sign: dict[str, Any]
) -> None:
    direct |= sign

    (warning,) = found("W011")

    assert next(iter(sign)) in warning.msg
    assert "session mode" in str(warning.hint)
