"""Ten thousand digests to a real mail server that refuses, drops, dawdles and goes away."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from realtime_notify.media.email import backend
from realtime_notify.models import Dispatch, DispatchItem, Event, Medium, Notification
from realtime_notify.sending import Sent, backoff, send_due
from realtime_notify.work import run_due
from tests.processes import free_port, listens
from tests.site import ROOT

COUNT = 2500
SECONDS = 140
"""For all of it, on a machine that is busy with other tests."""
OUTAGES = 2


class MailServer:
    """The mail server, which a test starts again when it has gone away."""

    def __init__(self, directory):
        self.port = free_port()
        self.path = directory / "accepted"
        self.process = None

    def start(self):
        command = [sys.executable, "-m", "tests.sending.smtp_server", str(self.port)]
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command, str(self.path)], cwd=ROOT
        )
        deadline = time.monotonic() + 30
        while not listens(self.port):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    @property
    def is_away(self):
        return self.process.poll() is not None

    def accepted(self):
        """Return the addresses whose mails were accepted, in that order."""
        return self.path.read_text().split()

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(tmp_path, settings):
    server = MailServer(tmp_path)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    server.start()
    yield server
    server.stop()


@pytest.fixture
def digests(db, send, settings):
    """A digest of two events for each of very many people, in the order in which they are due."""

    def local_part(number):
        for kind, every in (("refused", 100), ("busy", 133), ("slow", 500)):
            if number % every == 1:
                return f"{kind}{number}"
        return f"user{number}"

    settings.REALTIME_NOTIFY = {}  # nothing but these is to leave
    users = get_user_model()
    people = users.objects.bulk_create(
        users(username=f"user{number}", email=f"{local_part(number)}@example.com")
        for number in range(COUNT)
    )
    events = [send(f"Number {n}", "a", recipients=people, collapse_key=None) for n in range(2)]
    run_due(send=False)
    assert Notification.objects.count() == 2 * COUNT
    notifications = {
        (event, user): pk
        for event, user, pk in Notification.objects.values_list("event", "user", "pk")
    }
    Medium.objects.named("email")
    due_at = timezone.now() - timedelta(hours=1)
    dispatches = Dispatch.objects.bulk_create(
        Dispatch(
            medium_id="email",
            recipient=f"user:{user.pk}",
            user=user,
            interval=1440,
            due_at=due_at + timedelta(microseconds=number),
        )
        for number, user in enumerate(people)
    )
    DispatchItem.objects.bulk_create(
        DispatchItem(
            dispatch=dispatch,
            event=event,
            notification_id=notifications[event.pk, dispatch.user_id],
        )
        for dispatch in dispatches
        for event in events
    )
    assert Event.objects.count() == 2
    return [user.email for user in people]


def test_everybody_gets_a_digest_just_once_whatever_the_mail_server_does(
    server, digests, settings, monkeypatch
):
    settings.REALTIME_NOTIFY = {"MEDIA": ["email"], "BASE_URL": "https://example.com"}
    # What takes minutes and hours takes moments here; everything else is as it is.
    monkeypatch.setattr(backend, "AWAY_SECONDS", 1.0)
    monkeypatch.setattr(backoff, "FIRST", timedelta(seconds=1))
    done, began, outages = Sent(), time.monotonic(), 0
    while Dispatch.objects.filter(state="waiting").exists():
        assert time.monotonic() - began < SECONDS
        if server.is_away:
            outages += 1
            server.start()
        done += send_due()
        time.sleep(0.1)
    print(f"{done}; {time.monotonic() - began:.1f} s")

    refused = {address for address in digests if address.startswith("refused")}
    good = [address for address in digests if address not in refused]
    accepted = server.accepted()
    assert sorted(accepted) == sorted(good)
    assert outages == OUTAGES

    dead = Dispatch.objects.filter(state="dead").select_related("user")
    assert {one.user.email for one in dead} == refused
    assert all(one.reason == "refused" and "550" in one.last_error for one in dead)
    assert Dispatch.objects.filter(state="sent").count() == done.sent == len(good)
    assert Notification.objects.filter(emailed_at=None).count() == 2 * len(refused)

    # Whoever had no trouble of their own was served in their turn.
    place = {address: number for number, address in enumerate(digests)}
    behind, latest = 0, -1
    for address in accepted:
        behind += place[address] < latest
        latest = max(latest, place[address])
    troubled = sum(address.startswith("busy") for address in good) + COUNT // 250 + 3 * outages + 1
    assert behind <= troubled
