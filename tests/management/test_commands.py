"""The management commands, as a shell runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from realtime_notify import notify as notify_function
from realtime_notify import subscribe
from realtime_notify.delivery import deliver
from realtime_notify.management.commands import notify_worker
from realtime_notify.management.commands.notify_worker import Command as Worker
from realtime_notify.models import Event, Notification
from tests.site import ROOT, database_url


@pytest.fixture
def run(transactional_db: None, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command where commits are real, and return what it printed."""

    def make(*arguments: str) -> str:
        call_command(*arguments, "--no-color")
        return capsys.readouterr().out

    return make


@pytest.fixture
def people(transactional_db: None, users: Callable[..., list[Any]]) -> list[Any]:
    """Alice and bob, committed for real."""
    return users("alice", "bob")


# --- notify -------------------------------------------------------------------------------------


def test_notify_reaches_the_people_named(run: Callable[..., str], people: list[Any]) -> None:
    printed = run("notify", "a/b", "Hello", "--to", "alice", "--to", "bob")

    assert printed == "a/b: sent to alice, bob.\n"
    assert Notification.objects.count() == 2


def test_notify_takes_what_a_notification_has(run: Callable[..., str], people: list[Any]) -> None:
    run(
        *("notify", "demo/hello", "Deploy finished", "--to", "alice", "--url", "/x"),
        *("--level", "success", "--data", '{"k": 1}', "--actor", "bob"),
        *("--description", "All of it.", "--dedupe-key", "d1", "--collapse-key", "c1"),
    )

    event = Event.objects.get()
    assert event.type_id == "demo/hello"
    assert event.message == "Deploy finished"
    assert event.url == "/x"
    assert event.level == "success"
    assert event.data == {"k": 1}
    assert event.actor == people[1]
    assert event.description == "All of it."
    assert event.dedupe_key == "d1"
    assert event.collapse_key == "c1"


def test_notify_without_names_reaches_the_subscribers(
    run: Callable[..., str], people: list[Any]
) -> None:
    subscribe(people[0], "a/b")

    assert run("notify", "a/b", "Hello") == "a/b: sent to alice.\n"


def test_notify_says_when_it_reaches_nobody(run: Callable[..., str], people: list[Any]) -> None:
    assert run("notify", "a/b", "Hello") == (
        "a/b: reached nobody; nobody active subscribes to a/b.\n"
    )


def test_notify_names_a_few_of_many(run: Callable[..., str], users: Any) -> None:
    for user in users(12):
        subscribe(user, "a/b")

    printed = run("notify", "a/b", "Hello")

    assert printed.endswith(" and 2 more.\n")
    assert printed.count("user") == 10


def test_notify_sends_once_for_each_dedupe_key(run: Callable[..., str], people: list[Any]) -> None:
    run("notify", "a/b", "Hello", "--to", "alice", "--dedupe-key", "once")
    printed = run("notify", "a/b", "Hello", "--to", "bob", "--dedupe-key", "once")

    assert "already has the dedupe key 'once'" in printed
    assert Notification.objects.count() == 1


def test_notify_says_when_it_repeats_what_is_unread(
    run: Callable[..., str], people: list[Any]
) -> None:
    run("notify", "a/b", "Hello", "--to", "alice")

    printed = run("notify", "a/b", "Hello", "--to", "alice", "bob")

    assert printed.splitlines() == [
        "a/b: sent to alice (now 2 times), bob.",
        "A repeat of an unread notification collapses into it: its count goes up, "
        "the badge stays the same.",
    ]


def test_notify_says_when_the_rest_follows(
    run: Callable[..., str], people: list[Any], settings: Any
) -> None:
    settings.REALTIME_NOTIFY = {"INLINE_RECIPIENTS": 0}

    printed = run("notify", "a/b", "Hello", "--to", "alice")

    assert "delivered to 0 so far; notify_worker" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a/b", "Hello", "--to", "zoe"), "--to: there is no user with the username 'zoe'."),
        (("a/b", "Hello", "--actor", "zoe"), "--actor: there is no user with the username 'zoe'."),
        (("a/b", "Hello", "--data", "{k"), "--data: '{k' is not JSON"),
        (("a b", "Hello"), "'a b'"),
        (("a/b", ""), "message must not be empty"),
        (("a/b", "x" * 10_001), "the most is 10000"),
        (("a/b", "Hello", "--url", "javascript:alert(1)"), "nor an http(s) URL"),
        (("a/b", "Hello", "--level", "loud"), "choose from"),
    ],
)
def test_notify_names_what_is_wrong(
    run: Callable[..., str], people: list[Any], arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(CommandError) as refused:
        run("notify", *arguments)

    assert said in str(refused.value)
    assert not Event.objects.exists()


# --- notify_worker --------------------------------------------------------------------------------


def test_the_worker_delivers_due_events_and_ends(
    run: Callable[..., str], people: list[Any], settings: Any
) -> None:
    settings.REALTIME_NOTIFY = {"INLINE_RECIPIENTS": 0}
    notify_function("Hello", "a/b", recipients=people)

    printed = run("notify_worker", "--once")

    assert printed.endswith("Delivered 1 event.\n")
    assert Notification.objects.count() == 2


def test_the_worker_leaves_nothing_that_is_due(
    run: Callable[..., str], users: Callable[..., list[Any]]
) -> None:
    crowd = users(500)
    soon = timezone.now() + timedelta(hours=1)
    for number in range(250):
        notify_function(f"Number {number}", "a/b", recipients=crowd[:1], expires_at=soon)
    deliver(notify_function("Later", "a/b", recipients=crowd))
    past = timezone.now() - timedelta(seconds=1)
    Event.objects.filter(removal_due_at__isnull=False).update(removal_due_at=past, expires_at=past)
    snoozed = Notification.objects.filter(event__removal_due_at=None)
    snoozed.update(snoozed_until=past, read_at=past)

    printed = run("notify_worker", "--once")

    assert "Woke 500 notifications" in printed
    assert not Event.objects.filter(removal_due_at__isnull=False).exists()
    assert not Notification.objects.filter(snoozed_until__isnull=False).exists()


def test_the_worker_reports_the_progress_of_events_that_are_being_delivered(
    people: list[Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REALTIME_NOTIFY = {"CHUNK_SIZE": 1, "INLINE_RECIPIENTS": 0}
    monkeypatch.setattr(notify_worker, "REPORT_INTERVAL", 0)
    reports = notify_worker.Reports()
    waiting = notify_function("Waiting", "a/b", recipients=people)
    running = notify_function("Running", "a/b", recipients=people)
    deliver(running, limit=1)

    (line,) = reports.due_now()

    assert line.startswith(f"a/b {running.pk}: 1 of 2 (50 %), ")
    deliver(Event.objects.get(pk=running.pk))
    assert list(reports.due_now()) == []
    assert waiting.progress().done == 0


def test_the_worker_prints_nothing_when_nothing_is_due(run: Callable[..., str]) -> None:
    assert run("notify_worker", "--once") == ""


def test_the_worker_refuses_to_look_without_pause(run: Callable[..., str]) -> None:
    with pytest.raises(CommandError, match="greater than 0 seconds, not 0"):
        run("notify_worker", "--interval", "0")


def test_the_worker_survives_a_database_that_is_gone_for_a_while(
    transactional_db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def unreliable(execute: Any, sql: str, *arguments: Any) -> Any:
        asked.append(sql)
        if len(asked) == 1:
            raise OperationalError("server closed the connection unexpectedly")
        os.kill(os.getpid(), signal.SIGTERM)
        return execute(sql, *arguments)

    with connection.execute_wrapper(unreliable):
        call_command(Worker(), "--interval", "0.01")

    printed = capsys.readouterr().out
    assert len(asked) > 1
    assert "retrying in 0.02 s: server closed the connection unexpectedly" in printed
    assert printed.endswith("Worker stopped.\n")


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own, on the database of the tests."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": database_url(),
        "PYTHONWARNINGS": "default",
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "notify_worker", "--interval", "0.05"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def test_the_worker_runs_until_it_is_told_to_stop(
    worker: subprocess.Popen[str], people: list[Any], settings: Any
) -> None:
    settings.REALTIME_NOTIFY = {"INLINE_RECIPIENTS": 0}
    notify_function("Hello", "a/b", recipients=people)
    deadline = time.monotonic() + 20
    while Notification.objects.count() < 2 and time.monotonic() < deadline:
        time.sleep(0.05)

    worker.send_signal(signal.SIGTERM)
    printed, _ = worker.communicate(timeout=10)

    assert worker.returncode == 0
    lines = [line.split(maxsplit=2)[2] for line in printed.splitlines()[-3:]]
    assert lines == [
        "Worker started; sweeping every 0.05 s.",
        "Delivered 1 event.",
        "Worker stopped.",
    ]
