"""The addresses of those who run a site: health and metrics."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import AsyncClient, Client
from django.urls import reverse

from realtime_notify import notify
from realtime_notify.monitoring import health, promises
from realtime_notify.wire.hub import running_hubs
from tests.sockets import browse, in_db, swift, tune

__all__ = ["browse", "swift", "tune"]

LIVE, READY, METRICS = (f"/notifications/api/{name}/" for name in ("live", "ready", "metrics"))
TOKEN = "K4rzGkTMrjEyzPUDkVYbHAbV5mhr"
SENT = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the database anew."""
    monkeypatch.setattr(health, "_asked_at", -health.FRESH)
    monkeypatch.setattr(promises, "_known", None)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have the database refuse what the health address asks, until the returned call."""

    def refuse() -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(health, "_ask", refuse)
    return monkeypatch.undo


def value(body: bytes, sample: str) -> float:
    """Return the value of a sample of the metrics, such as `connections` or `refused{...}`."""
    lines = dict(line.rsplit(" ", 1) for line in body.decode().splitlines() if line[:1] != "#")
    return float(lines[f"realtime_notify_{sample}"])


# Health


def test_a_process_that_answers_is_alive_and_nobody_keeps_the_answer() -> None:
    answer = Client().get(LIVE)

    assert (answer.status_code, answer.json()) == (200, {"live": True})
    assert "no-store" in answer["Cache-Control"]
    assert Client().post(LIVE).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_a_process_without_sockets_is_ready_when_the_database_answers() -> None:
    answer = Client().get(READY)

    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "problems": [], "heal_age": None}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db(transaction=True)
async def test_a_process_with_sockets_tells_the_age_of_its_last_heal_query(
    browse: Any, alice: Any
) -> None:
    await browse(alice)

    answer = await AsyncClient().get(READY)

    assert answer.json()["ready"] is True
    assert 0 <= answer.json()["heal_age"] < 10


@pytest.mark.django_db(transaction=True)
async def test_a_process_whose_heal_query_is_late_is_not_ready(
    browse: Any, alice: Any, tune: Any
) -> None:
    await browse(alice)
    [hub] = running_hubs()
    hub._healer.healed_at -= 3600

    answer = await AsyncClient().get(READY)

    assert answer.status_code == 503
    (problem,) = answer.json()["problems"]
    assert re.fullmatch(r"The last heal query came back 36\d\d s ago\.", problem)
    assert answer.json()["heal_age"] >= 3600


@pytest.mark.django_db(transaction=True)
async def test_a_process_that_is_about_to_stop_is_not_ready(browse: Any, alice: Any) -> None:
    browser = await browse(alice)
    [hub] = running_hubs()
    await browser.disconnect()
    await hub.drain.run()

    answer = await AsyncClient().get(READY)

    assert answer.status_code == 503
    assert answer.json()["problems"] == ["The process is about to stop."]


@pytest.mark.django_db(transaction=True)
def test_a_process_without_its_database_is_not_ready_and_the_log_says_so_once(
    broken: Callable[[], None], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)

    for _ in range(2):
        answer = Client().get(READY)
        health._asked_at -= 60
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["The database does not answer."]
    assert "closed the connection" not in answer.content.decode()
    broken()
    health._asked_at -= 60
    assert Client().get(READY).status_code == 200

    said = [
        (record.levelname, record.message)
        for record in caplog.records
        if record.name == health.logger.name
    ]
    assert said == [
        (
            "ERROR",
            "The database does not answer (OperationalError: the server closed the connection): "
            "this process asks for no new visitors.",
        ),
        ("INFO", "The database answers again."),
    ]


@pytest.mark.django_db(transaction=True)
def test_the_database_is_asked_once_a_second_however_often_one_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(health, "_ask", lambda: asked.append(1))

    for _ in range(5):
        Client().get(READY)

    assert len(asked) == 1


# Metrics


def test_without_a_token_there_are_no_metrics() -> None:
    assert Client().get(METRICS).status_code == 404
    assert Client().get(METRICS, headers={"authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", TOKEN, f"Basic {TOKEN}"])
def test_only_who_has_the_token_gets_metrics(settings: Any, given: str) -> None:
    settings.REALTIME_NOTIFY = {"METRICS_TOKEN": TOKEN}

    answer = Client().get(METRICS, headers={"authorization": given})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.content == b""


@pytest.mark.django_db(transaction=True)
async def test_the_metrics_tell_what_happens(browse: Any, alice: Any, bob: Any, tune: Any) -> None:
    tune(METRICS_TOKEN=TOKEN)
    before = (await AsyncClient().get(METRICS, headers=SENT)).content
    browser = await browse(alice)
    await browse(bob)
    await in_db(notify, "Tea", "tea/time", recipients=[alice, bob])
    await browser.receive_push()
    await browser.ask(sync={"since": 0})
    await browser.ask(read={"ids": []})

    answer = await AsyncClient().get(METRICS, headers=SENT)

    def more(sample: str) -> float:
        return value(answer.content, sample) - value(before, sample)

    assert answer["Content-Type"].startswith("text/plain")
    assert value(answer.content, "connections") == 2
    assert value(answer.content, "users") == 2
    assert more("greeted_total") == 2
    assert more("deliveries_total") == 2
    assert more("push_latency_seconds_count") == more("pushes_total") >= 1
    assert value(answer.content, 'commands_total{command="sync"}') >= 1
    assert value(answer.content, 'errors_total{code="bad_request"}') >= 1
    assert value(answer.content, "overdue_events") == 0
    assert value(answer.content, "heal_age_seconds") < 10


@pytest.mark.django_db(transaction=True)
async def test_a_silent_database_takes_only_its_own_metric_away(
    tune: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tune(METRICS_TOKEN=TOKEN)

    def refuse() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(promises, "_count", refuse)

    answer = await AsyncClient().get(METRICS, headers=SENT)

    assert answer.status_code == 200
    assert b"realtime_notify_connections 0.0" in answer.content
    assert b"overdue" not in answer.content


def test_the_addresses_have_names() -> None:
    names = ("live", "ready", "metrics")

    assert [reverse(f"realtime_notify:{name}") for name in names] == [LIVE, READY, METRICS]
