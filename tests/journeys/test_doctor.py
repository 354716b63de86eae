"""The doctor at a real site: a worker that comes and goes, and a browser that follows a repair."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import timedelta
from typing import ClassVar

from django.utils import timezone

from realtime_notify.doctor import Severity, messages
from realtime_notify.models import Dispatch, Inbox, Notification
from realtime_notify.monitoring import promises
from realtime_notify.outbox import MediumBackend
from tests.journeys.conftest import PATIENCE
from tests.journeys.test_wire import tell, user
from tests.sending.conftest import enqueue
from tests.site import ROOT, running_site


class Postcard(MediumBackend):
    """A medium that nothing can go wrong with."""

    name: ClassVar[str] = "postcard"

    def send(self, message):
        return ""


MEDIA = {"MEDIA": ["tests.journeys.test_doctor.Postcard"]}
SENT = "1 messages left within the last minute."
TWO_MINUTES = timedelta(minutes=2)


def worker_finding(monkeypatch):
    """Return what the doctor says of the worker, as a command that has just started says it."""
    monkeypatch.setattr(promises, "_known", None)
    [finding] = [finding for finding in messages.examine() if finding.part == "worker"]
    return finding


def test_a_worker_that_starts_and_stops_changes_what_is_said_of_it(
    transactional_db, tmp_path, settings, monkeypatch
):
    settings.REALTIME_NOTIFY = MEDIA
    for number in range(2):
        tell("alice", f"Number {number}")
    Dispatch.objects.all().delete()
    first, second = Notification.objects.all()
    enqueue(user("alice"), first, medium="postcard", due_at=timezone.now() - TWO_MINUTES)
    before = worker_finding(monkeypatch)

    with running_site(tmp_path) as site:
        environment = {
            "DJANGO_SETTINGS_MODULE": "tests.journeys.settings",
            "RN_SETTINGS": json.dumps(MEDIA),
        }
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "notify_worker", "--interval", "0.1"],
            cwd=ROOT,
            env=site.environment | environment,
        )
        try:
            deadline = time.monotonic() + 3 * PATIENCE
            while worker_finding(monkeypatch).says != SENT:
                assert time.monotonic() < deadline, worker_finding(monkeypatch)
                time.sleep(0.1)
        finally:
            worker.terminate()
            assert worker.wait(PATIENCE) == 0

    Dispatch.objects.update(finished_at=timezone.now() - TWO_MINUTES)  # a while later
    enqueue(user("alice"), second, medium="postcard", due_at=timezone.now() - TWO_MINUTES)
    after = worker_finding(monkeypatch)

    assert before.severity is after.severity is Severity.ERROR
    assert before.says.startswith("No worker sends: messages have been due for ")
    assert after.says.startswith("No worker sends: messages have been due for ")


def test_an_open_browser_follows_a_repair_by_the_command(town):
    """No heal query runs meanwhile: the command itself tells the browser to ask."""
    town.serve()
    page = town.browse("alice")
    for number in range(3):
        tell("alice", f"Number {number}")
    page.receive_rev(3)
    Inbox.objects.update(unread=7)
    Notification.objects.update(read_at=timezone.now(), seq=3, rev=3)

    repair = subprocess.run(
        [sys.executable, "manage.py", "notify_doctor", "--repair", "--json"],
        cwd=ROOT,
        env=town.site.environment,
        capture_output=True,
        text=True,
    )

    [wrong] = [one for one in json.loads(repair.stdout)["findings"] if one["part"] == "counters"]
    assert wrong["severity"] == "warning", repair.stdout
    assert wrong["says"].endswith("They were mended.")
    assert wrong["values"]["first"][0]["doubled"] == 2
    page.receive_rev(Inbox.objects.get().rev)
    assert (page.store.unread, page.store.unseen) == (0, 0)
    assert [item["read"] for item in page.store.list()] == [True] * 3
    assert len({item["seq"] for item in page.store.list()}) == 3
