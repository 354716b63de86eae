"""A worker whose database takes a query and never answers it, as behind a proxy that lost it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from realtime_notify import notify, subscribe
from realtime_notify.models import Dispatch, DispatchState, Notification, NotificationType
from tests.proxy import Proxy
from tests.site import ROOT, database_url

pytestmark = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite is a file, and not reached over a network"
)

SECONDS = 2.0
REALTIME_NOTIFY = {"INLINE_RECIPIENTS": 0, "MEDIA": ["email"], "BASE_URL": "https://example.com"}


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy(int(connection.settings_dict["PORT"])) as proxy:
        yield proxy


@pytest.fixture
def worker(
    transactional_db: None, proxy: Proxy, tmp_path: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker whose only way to the database is the proxy; it has little time for each step."""
    direct = f":{connection.settings_dict['PORT']}/"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.journeys.settings",
        "RN_SETTINGS": json.dumps(REALTIME_NOTIFY),
        "DATABASE_URL": database_url().replace(direct, f":{proxy.port}/"),
        "PYTHONWARNINGS": "default",
    }
    command = ["notify_worker", "--interval", "0.2"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.management.impatient", str(SECONDS), *command],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    yield process
    process.kill()
    process.wait()


def lost(proxy: Proxy, count: int) -> bool:
    return proxy.lost == count


def until(true: Callable[[], Any], log: Path) -> None:
    deadline = time.monotonic() + 40
    while not true():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)


def test_a_worker_that_gets_no_answer_delivers_and_sends_with_other_connections(
    worker: subprocess.Popen[bytes], proxy: Proxy, alice: Any, tmp_path: Path, settings: Any
) -> None:
    log = tmp_path / "log"
    settings.REALTIME_NOTIFY = REALTIME_NOTIFY
    NotificationType.objects.create(key="a/b", label="News", delay=0)
    subscribe(alice, "a/b", media=["inbox", "email"])
    for count, table in enumerate(("event", "dispatch"), start=1):
        proxy.swallow(f"FROM .realtime_notify_{table}")
        until(partial(lost, proxy, count), log)

    notify("Delivered", "a/b")

    until(Notification.objects.exists, log)
    until(Dispatch.objects.filter(state=DispatchState.SENT).exists, log)
    said = log.read_text()
    assert f"The sweep has made no progress for {SECONDS:g} s." in said
    assert f"Sending by email has made no progress for {SECONDS:g} s." in said
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
