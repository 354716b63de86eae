"""Workers share the queue: none sends what another has, and none keeps what it cannot send."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from realtime_notify.models import Dispatch, DispatchItem
from realtime_notify.sending import Sent, leases, send_due
from realtime_notify.sending.leases import Wanted, next_due, take
from tests.sending.conftest import Pigeon, Post, enqueue
from tests.site import ROOT, database_url
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

# The other databases have their part in it by the SQL alone.
KILLS, MESSAGES = (12, 700) if connection.vendor == "postgresql" else (5, 300)
WINDOW = 0.25
"""Seconds within which a message that was handed over is marked."""
SLACK = 1.0
"""Seconds that the statement may take on a machine that is busy with other tests."""


@pytest.fixture
def people(users):
    return users(20)


def fill(people, send, count):
    """Queue so many messages, in a moment."""
    first = people[0]
    event = send("The kettle is on", "kitchen/kettle", recipients=people)
    enqueue(first, event, due_at=timezone.now())  # makes the medium
    Dispatch.objects.all().delete()
    now = timezone.now()
    Dispatch.objects.bulk_create(
        Dispatch(
            medium_id="post",
            recipient=f"user:{people[number % 20].pk}",
            user=people[number % 20],
            interval=number,
            due_at=now,
        )
        for number in range(count)
    )
    DispatchItem.objects.bulk_create(
        DispatchItem(dispatch=dispatch, event=event) for dispatch in Dispatch.objects.all()
    )


def test_what_one_worker_has_taken_no_other_takes(people, send):
    fill(people, send, 10)

    mine, others, none = (take(Wanted("post"), size) for size in (6, 100, 100))

    assert mine is not None
    assert others is not None
    assert none is None
    assert len(mine.dispatches) == 6
    assert len(others.dispatches) == 4
    assert not {row.pk for row in mine.dispatches} & {row.pk for row in others.dispatches}
    assert set(Dispatch.objects.values_list("is_open", flat=True)) == {None}


def test_what_is_given_back_is_taken_again(people, send):
    fill(people, send, 3)
    mine = take(Wanted("post"), 10)
    assert mine is not None

    mine.give_back(mine.dispatches[1:])
    again = take(Wanted("post"), 10)

    assert again is not None
    assert again.dispatches == mine.dispatches[1:]
    assert mine.still_held(mine.dispatches) == mine.dispatches[:1]


def test_what_a_killed_worker_had_is_taken_over_once_its_lease_is_over(people, send):
    fill(people, send, 3)
    assert take(Wanted("post"), 10) is not None
    assert send_due() == Sent()

    Dispatch.objects.update(claimed_until=timezone.now())

    assert send_due() == Sent(sent=3, events=3)


def test_the_next_message_that_is_due_is_known(people, send):
    assert next_due("post") is None
    fill(people, send, 3)
    soon = timezone.now() + timedelta(minutes=1)
    Dispatch.objects.update(due_at=soon)

    assert next_due("post") == soon


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_every_message_just_once(people, send):
    fill(people, send, 300)

    done = sum(at_once(lambda _: send_due(medium="post")), Sent())

    assert done == Sent(sent=300, events=300)
    assert len({letter.pk for letter in Post.letters}) == len(Post.letters) == 300


@pytest.mark.django_db(transaction=True)
def test_a_message_that_an_event_is_being_added_to_is_left_for_the_next_time(people, send):
    if not connection.features.has_select_for_update_skip_locked:
        pytest.skip("SQLite locks no rows")
    fill(people, send, 2)
    first = Dispatch.objects.earliest("pk")
    with transaction.atomic():
        Dispatch.objects.select_for_update().get(pk=first.pk)
        (done,) = at_once(lambda _: send_due(), threads=1)

    assert done == Sent(sent=1, events=1)
    assert send_due() == Sent(sent=1, events=1)


@pytest.mark.django_db(transaction=True)
def test_a_slow_medium_keeps_no_other_waiting(people, send):
    fill(people, send, 40)
    half = Dispatch.objects.order_by("pk")[20:].values_list("pk", flat=True)
    enqueue(people[0], *[], medium="pigeon").delete()
    Dispatch.objects.filter(pk__in=list(half)).update(medium="pigeon")
    released = threading.Event()

    def wait(message):
        assert released.wait(20)
        return ""

    def fly(message):
        if len(Pigeon.letters) == 19:
            released.set()
        return ""

    Post.behaviour, Pigeon.behaviour = wait, fly

    assert send_due() == Sent(sent=40, events=40)


class Workers:
    """Workers in processes of their own, on the database of the tests, and what they did."""

    def __init__(self, directory, **environment):
        self.path = directory / "handed over"
        self.log = directory / "log"
        self.environment = environment
        self.pids = []

    def __enter__(self):
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": database_url(),
            "PYTHONWARNINGS": "default",
            **self.environment,
        }
        command = [sys.executable, "-m", "tests.sending.workers", str(self.path)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        return self

    def _read(self):
        self.pids.extend(int(line) for line in self.process.stdout)

    def __exit__(self, *exc_info):
        self.process.terminate()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()

    def stop(self):
        """Tell them to stop, and return the exit code once they have."""
        self.process.terminate()
        return self.process.wait(30)

    def handed_over(self):
        """Return what was handed over: primary key, process, moment."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [(int(pk), int(pid), float(at)) for pk, pid, at in map(str.split, lines)]


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_workers_that_are_killed_lose_nothing_and_double_only_what_they_had_not_marked(
    people, send, tmp_path
):
    fill(people, send, MESSAGES)
    chance, killed = random.Random(7), {}
    with Workers(tmp_path) as workers:
        while len(killed) < KILLS:
            before = len(workers.handed_over())
            wait_until(lambda before=before: len(workers.handed_over()) > before)
            time.sleep(chance.uniform(0, 0.3))
            pid = chance.choice([pid for pid in workers.pids if pid not in killed])
            os.kill(pid, signal.SIGKILL)
            killed[pid] = time.time()
        assert Dispatch.objects.filter(state="waiting").exists()
        wait_until(lambda: not Dispatch.objects.filter(state="waiting").exists(), 120)
        assert workers.stop() == 0

    assert set(Dispatch.objects.values_list("state", flat=True)) == {"sent"}
    handed_over = defaultdict(list)
    for pk, pid, at in workers.handed_over():
        handed_over[pk].append((at, pid))
    assert handed_over.keys() == set(Dispatch.objects.values_list("pk", flat=True))
    unmarked = [early for found in handed_over.values() for early in sorted(found)[:-1]]
    assert all(pid in killed and killed[pid] - at < WINDOW + SLACK for at, pid in unmarked)
    most = max(Counter(pid for _, pid in unmarked).values(), default=0)
    print(f"{KILLS} kills doubled {len(unmarked)} of {MESSAGES}; one of them {most}.")


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_told_to_stop_finishes_the_message_in_hand(people, send, tmp_path):
    fill(people, send, 50)
    with Workers(tmp_path, RN_SECONDS_EACH="0.3") as workers:
        wait_until(workers.handed_over)

        assert workers.stop() == 0

    done = {pk for pk, _, _ in workers.handed_over()}
    assert 0 < len(done) < 50
    sent, waiting = (Dispatch.objects.filter(state=state) for state in ("sent", "waiting"))
    assert set(sent.values_list("pk", flat=True)) == done
    assert waiting.filter(claimed_by="", claimed_until=None).count() == 50 - len(done)


def test_a_lease_names_who_has_it(people, send):
    fill(people, send, 1)

    lease = take(Wanted("post"), 1)

    assert lease is not None
    assert f":{os.getpid()}:" in Dispatch.objects.get().claimed_by
    assert len(leases.new_token()) <= 64
