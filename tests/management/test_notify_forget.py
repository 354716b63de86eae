"""`manage.py notify_forget`, as a shell runs it."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from realtime_notify import subscribe
from realtime_notify.models import Notification, Subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys):
    """Run the command, and return what it printed and what it said beside that."""

    def make(*arguments):
        call_command("notify_forget", "--no-color", *map(str, arguments))
        return capsys.readouterr()

    return make


@pytest.fixture
def hers(alice, bob, fill):
    """Alice has a notification and a subscription, and so has Bob."""
    subscribe(alice, "b")
    subscribe(bob, "b")
    return fill(alice, bob)


def test_it_writes_json_and_erases_nothing(run, alice, hers):
    written = json.loads(run("alice").out)

    assert [one["message"] for one in written["notifications"]] == ["Number 0"]
    assert Notification.objects.count() == 2


def test_a_user_is_found_by_their_primary_key_too(run, alice, hers):
    assert run(alice.pk).out == run("alice").out


def test_nobody_is_taken_for_somebody_whose_name_is_their_primary_key(run, alice, users, hers):
    (namesake,) = users(str(alice.pk))

    with pytest.raises(CommandError, match="is the primary key of alice and the username of"):
        run(alice.pk, "--erase", "--noinput")

    assert Subscription.objects.filter(user=alice).exists()
    assert run(namesake.pk).out != run("alice").out


def test_it_writes_to_a_file(run, alice, hers, tmp_path):
    path = tmp_path / "alice.json"

    assert run("alice", "--output", path).out == ""
    assert json.loads(path.read_text(encoding="utf-8"))["subscriptions"][0]["type"] == "b"


def test_it_erases_after_it_has_written(run, alice, bob, hers):
    said = run("alice", "--erase", "--noinput")

    assert len(json.loads(said.out)["notifications"]) == 1
    assert said.err.startswith("Erased alice (")
    assert "subscriptions: 1, requests: 0, named by: 1, notifications: 1" in said.err
    assert Notification.objects.get().user == bob
    assert Subscription.objects.get().user == bob


@pytest.mark.parametrize(("answer", "left"), [("yes\n", 1), ("no\n", 2), ("", 2)])
def test_it_asks_before_it_erases(run, hers, monkeypatch, answer, left):
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))

    if left == 2:
        with pytest.raises(CommandError, match="Nothing was erased"):
            run("alice", "--erase")
    else:
        run("alice", "--erase")

    assert Notification.objects.count() == left


def test_an_address_is_included(run, hers):
    subscribe("alice@home.example", "b")

    assert len(json.loads(run("alice", "--email", "alice@home.example").out)["subscriptions"]) == 2


def test_their_name_goes_from_what_others_hold(run, alice, bob, send):
    send("She did it", "c", recipients=[bob], actor=alice)

    run("alice", "--erase", "--noinput", "--actor")

    assert Notification.objects.get(user=bob).event.actor_text == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nobody"], "There is no user with the primary key or username 'nobody'"),
        (["alice", "--actor"], "pass --erase as well"),
        (["alice", "--output", "/no/such/place"], "/no/such/place cannot be written: No such file"),
    ],
)
def test_what_cannot_be_done_is_refused(run, hers, arguments, says):
    with pytest.raises(CommandError, match=says):
        run(*arguments)
