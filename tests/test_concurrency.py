"""Several real processes at the same inboxes at the same time."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.db import connection
from django.db.models import F, Q

from realtime_notify import EVERYONE, notify, subscribe
from realtime_notify.inbox import counts
from realtime_notify.models import BroadcastCounter, Event, Inbox, Notification
from realtime_notify.work import run_due
from tests.site import ROOT, Site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sql]

OVERLAP = 1000


@pytest.fixture
def writers(tmp_path):
    """Start writers, let them begin together, and return what they complained of."""

    def run(*works: tuple[str, int, int, int], **settings: str) -> str:
        environment = {**Site(tmp_path).environment, **settings}
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.writer", *map(str, work)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for work in works
        ]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        complaints = "".join(process.communicate(timeout=240)[1] for process in processes)
        assert [process.returncode for process in processes] == [0] * len(works), complaints
        return complaints

    return run


def assert_gap_free() -> None:
    """Every revision of every inbox was an arrival or a change, and no number is missing."""
    for inbox in Inbox.objects.all()[::50]:
        rows = Notification.objects.filter(user=inbox.pk)
        assert inbox.unread == rows.unread().count()
        assert max(rows.values_list("rev", flat=True)) == inbox.rev
        assert len(set(rows.values_list("seq", flat=True))) == rows.count()


def test_overlapping_fan_outs_never_deadlock_and_leave_no_gap(users, writers):
    times = 15 if connection.vendor == "postgresql" else 5
    people = users(3 * OVERLAP)

    complaints = writers(("notify", 0, 2 * OVERLAP, times), ("notify", OVERLAP, 3 * OVERLAP, times))

    assert complaints == ""
    while Event.objects.filter(delivered_at=None).exists():  # who was busy then is free by now
        run_due()
    # Seven messages a process collapse; every call is one more revision all the same.
    order = sorted(user.pk for user in people)
    if connection.vendor != "mysql":  # MariaDB sorts UUIDs in an order of its own
        shared = Inbox.objects.filter(user__in=order[OVERLAP : 2 * OVERLAP])
        alone = Inbox.objects.filter(user__in=order[:OVERLAP] + order[2 * OVERLAP :])
        assert set(shared.values_list("rev", flat=True)) == {2 * times}
        assert set(alone.values_list("rev", flat=True)) == {times}
    assert_gap_free()


def test_readers_and_fan_outs_do_not_disturb_each_other(users, writers):
    users(200)

    complaints = writers(("notify", 0, 200, 8), ("read", 0, 200, 3), ("notify", 0, 200, 8))

    assert complaints == ""
    assert_gap_free()


def test_withdrawals_and_edits_beside_fan_outs_and_readers_leave_every_inbox_right(users, writers):
    users(300)
    for number in range(4):
        notify(f"Before {number}", "load", recipients=EVERYONE)

    complaints = writers(
        ("notify", 0, 300, 20),
        ("withdraw", 0, 300, 20),
        ("withdraw others", 0, 300, 20),
        ("read", 0, 300, 3),
        ("work", 0, 300, 20),
    )

    assert complaints == ""
    left = Q(due_at__isnull=False) | Q(removal_due_at__isnull=False) | Q(edit_due_at__isnull=False)
    while Event.objects.filter(left).exists():  # who was busy then is free by now
        run_due()
    held = Notification.objects.filter(deleted_at=None)
    assert not held.filter(event__withdrawn_at__isnull=False).exists()
    assert not held.filter(edition__lt=F("event__edition")).exists()
    assert Event.objects.filter(withdrawn_at__isnull=False).count() > 20
    assert_gap_free()


@pytest.fixture
def plain_database(tmp_path):
    """Return what makes processes use a database as Django sets it up."""

    def settings() -> dict[str, str]:
        if connection.vendor != "sqlite":
            return {}
        copy = tmp_path / "plain.sqlite3"
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(copy)])
        return {"DATABASE_URL": f"sqlite:///{copy}", "RN_SQLITE": "plain"}

    return settings


def test_no_door_fails_because_another_process_writes(users, writers, plain_database):
    users(2)
    works = ("subscribe", "many", "signal", "choose")

    complaints = writers(*((work, 0, 2, 30) for work in works), **plain_database())

    assert complaints == ""


def test_broadcasts_of_several_processes_are_numbered_without_a_gap(writers):
    complaints = writers(*(("broadcast", number, 0, 25) for number in range(4)))

    assert complaints == ""
    numbers = Event.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 101))
    assert BroadcastCounter.objects.get().number == 100


def test_several_processes_take_in_for_the_same_people(users, writers):
    people = users(5)
    for person in people:
        subscribe(person, "news")

    complaints = writers(
        ("broadcast", 0, 0, 50),
        ("look", 0, 5, 50),
        ("look", 0, 5, 50),
        ("notify", 0, 5, 20),
    )

    assert complaints == ""
    while Event.objects.filter(delivered_at=None).exists():
        run_due()
    for person in people:
        numbers = counts(person)
        rows = Notification.objects.filter(user=person)
        assert rows.filter(event__lazy=True).count() == 50
        assert numbers["rev"] == 50 + 20
        assert numbers["unread"] == rows.unread().count() == 50 + 7
        assert len(set(rows.values_list("seq", flat=True))) == 57
    assert set(Inbox.objects.values_list("caught_up", flat=True)) == {50}
