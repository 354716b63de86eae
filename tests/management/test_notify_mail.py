from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from realtime_notify.management.commands.notify_mail import SOME_FAILED
from realtime_notify.models import Dispatch
from tests.sending.conftest import enqueue


@pytest.fixture(autouse=True)
def by_email(settings):
    settings.REALTIME_NOTIFY = {"MEDIA": ["email"], "BASE_URL": "https://example.com"}


@pytest.fixture
def run(transactional_db, capsys):
    """Run the command where commits are real, and return what it printed."""

    def make(*arguments):
        call_command("notify_mail", *arguments, "--no-color")
        return capsys.readouterr().out

    return make


@pytest.fixture
def due(transactional_db, users, send):
    """Queue mails, and these alone: due(alice), due(bob, interval=1440)."""

    def make(*people, **columns):
        for user in people:
            event = send("The kettle is on", "kitchen/kettle", recipients=[user], collapse_key=None)
            Dispatch.objects.filter(items__event=event).delete()
            enqueue(user, event.notifications.get(), medium="email", **columns)

    return make


def addressees():
    return [message.to for message in mail.outbox]


def test_it_sends_the_mails_that_are_due_and_says_how_many(run, due, users):
    due(*users("alice", "bob"))

    printed = run()

    assert printed.startswith("Sent 2 messages with 2 events, in ")
    assert addressees() == [["alice@example.com"], ["bob@example.com"]]
    assert run() == "Nothing is due.\n"


@pytest.mark.parametrize(
    ("name", "minutes"),
    [("at-once", 0), ("hourly", 60), ("daily", 1440), ("weekly", 10080), ("monthly", 43200)],
)
def test_it_sends_the_mails_of_one_interval(run, due, users, name, minutes):
    alice, bob = users("alice", "bob")
    due(alice, interval=minutes)
    due(bob, interval=15)

    run("--interval", name)
    assert addressees() == [["alice@example.com"]]

    run("--interval", "15")
    assert addressees() == [["alice@example.com"], ["bob@example.com"]]


def test_it_names_nobody_unless_it_is_asked_to(run, due, alice):
    due(alice)
    Dispatch.objects.update(recipient="user:1")
    assert "user:" not in run()

    due(alice)
    assert "user:" in run("-v", "2")


def test_a_dry_run_says_what_would_be_sent(run, due, users):
    due(*users("alice", "bob"))

    assert run("--dry-run") == "In a dry run: sent 2 messages with 2 events.\n"
    assert mail.outbox == []
    assert Dispatch.objects.filter(state="waiting", claimed_by="").count() == 2


def test_the_clock_may_be_set_ahead(run, due, alice):
    due(alice, due_at=timezone.now() + timedelta(days=3))
    assert run() == "Nothing is due.\n"

    run("--now", (timezone.now() + timedelta(days=4)).isoformat())

    assert addressees() == [["alice@example.com"]]


def test_it_ends_with_a_code_of_its_own_when_a_mail_could_not_be_sent(run, due, users, settings):
    alice, bob = users("alice", "bob")
    alice.email = "no address"
    alice.save()
    due(alice, bob)

    with pytest.raises(CommandError, match="1 message could not be sent") as caught:
        run()

    assert caught.value.returncode == SOME_FAILED == 3
    assert addressees() == [["bob@example.com"]]


def test_it_goes_on_until_it_is_stopped(due, users, monkeypatch, capsys):
    import threading

    from realtime_notify.management.commands import notify_mail

    stop, people = threading.Event(), users("alice", "bob")
    due(people[0])
    pauses = []

    def wait(seconds):
        pauses.append(seconds)
        if len(pauses) == 1:
            due(people[1])
        else:
            stop.set()
        return stop.is_set()

    command = notify_mail.Command()
    command._lists_each = False
    with monkeypatch.context() as patch:
        patch.setattr(stop, "wait", wait)
        command._go_on(stop, {})

    assert addressees() == [["alice@example.com"], ["bob@example.com"]]
    assert pauses == [2.0, 2.0]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--interval", "often"], "--interval must be at-once, hourly, daily, weekly, monthly or"),
        (["--now", "noon"], "--now must be a time such as 2026-11-21T08:00, not 'noon'"),
        (["--now", "2026-13-01T00:00"], "--now must be a time"),
        (["--loop", "--dry-run"], "--loop goes with the clock"),
    ],
)
def test_it_refuses_what_makes_no_sense(run, arguments, complaint):
    with pytest.raises(CommandError, match=complaint):
        run(*arguments)


def test_it_says_that_mail_is_not_among_the_media(run, settings):
    settings.REALTIME_NOTIFY = {}

    with pytest.raises(CommandError, match="does not list 'email'"):
        run()
