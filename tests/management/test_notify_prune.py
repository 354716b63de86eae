"""`manage.py notify_prune`, as a shell runs it."""

from __future__ import annotations

import os
import signal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from realtime_notify.inbox import mark_read
from realtime_notify.management.commands import notify_prune
from realtime_notify.models import Event, Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys):
    """Run the command, and return what it printed."""

    def make(*arguments):
        call_command("notify_prune", "--no-color", *arguments)
        return capsys.readouterr().out

    return make


@pytest.fixture
def old(alice, fill, aged):
    """Alice's four notifications of 100 days ago; she read the first three."""
    rows = fill(alice, count=4)
    mark_read(alice, ids=[row.pk for row in rows[:3]])
    aged(rows, days=100)
    return rows


def test_it_says_what_it_removed(run, old):
    assert run("--older-than", "99") == (
        "Removed 3 notifications and 0 events; looked at 1 inbox.\n"
    )
    assert Notification.objects.get() == old[3]


def test_a_dry_run_says_what_would_go(run, old):
    printed = run("--older-than", "99", "--state", "any", "--dry-run")

    assert printed.startswith("Would remove 4 notifications and 0 events")
    assert Notification.objects.count() == 4


def test_unread_ones_go_only_when_asked_for(run, old):
    run("--older-than", "99", "--state", "unread")

    assert set(Notification.objects.all()) == set(old[:3])


def test_events_that_nobody_holds_go_too(run, old):
    assert "3 notifications and 3 events" in run("--older-than", "99", "--events")
    assert Event.objects.count() == 1


def test_each_inbox_keeps_its_newest(run, old):
    run("--keep", "2")

    assert set(Notification.objects.all()) == set(old[2:])


@pytest.mark.parametrize(("age", "goes"), [("P99D", True), ("P101D", False), ("12:00:00", True)])
def test_an_age_may_be_a_duration(run, old, age, goes):
    assert run("--older-than", age).startswith("Removed 3 ") is goes


def test_without_options_the_setting_says_what_goes(run, old, settings):
    settings.REALTIME_NOTIFY = {"RETENTION": {"read": 30}}

    assert run().startswith("Removed 3 ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Say what to remove"),
        (["--older-than", "a while"], "a duration such as P30D, not 'a while'"),
        (["--older-than", "-1"], "must be from 0 to 36,500 days, not '-1'"),
        (["--older-than", "800000"], "must be from 0 to 36,500 days, not '800000'"),
        (["--keep", "0"], "--keep must be at least 1, not 0"),
        (["--state", "read"], "need --older-than"),
        (["--events"], "need --older-than"),
        (["--older-than", "1", "--batch", "0"], "--batch must be at least 1, not 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(run, arguments, says):
    with pytest.raises(CommandError, match=says):
        run(*arguments)


def test_it_reports_while_it_runs(run, old, monkeypatch):
    monkeypatch.setattr(notify_prune, "REPORT_EVERY", 0.0)

    lines = run("--older-than", "99", "--batch", "1").splitlines()

    assert lines[0].startswith("Removed 1 notification and 0 events")
    assert lines[0].endswith(" ...")


def test_a_signal_ends_it_after_the_batch(run, old):
    def interrupted(execute, sql, *arguments):
        if sql.startswith("DELETE"):
            os.kill(os.getpid(), signal.SIGTERM)
        return execute(sql, *arguments)

    with connection.execute_wrapper(interrupted):
        printed = run("--older-than", "99", "--batch", "1")

    assert "Stopped; run it again for the rest." in printed
    assert Notification.objects.count() == 3
    assert run("--older-than", "99").startswith("Removed 2 ")
