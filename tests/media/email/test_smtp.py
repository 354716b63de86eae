"""Sending over a real connection: what one mail meets never touches the next."""

from __future__ import annotations

import time
from smtplib import SMTPException, SMTPRecipientsRefused

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.test import override_settings

from realtime_notify.media.email import backend as backend_module
from realtime_notify.models import RestedAddress
from realtime_notify.outbox import NotNow, Refused
from tests.media.email.conftest import SITE
from tests.media.email.mail_server import mail_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def server():
    with (
        mail_server() as server,
        override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=server.port,
            EMAIL_TIMEOUT=10,
        ),
    ):
        yield server


@pytest.fixture
def send(told, message_of, email):
    """Send a mail to an address."""
    item = told()

    def send(address: str = "ann@example.com", **options):
        return email.send(message_of(item, address=address, **options))

    return send


def test_many_mails_share_one_connection(server, send):
    receipts = [send(pk=number) for number in range(5)]

    assert server.connections == 1
    assert [mail["Message-ID"] for mail in server.mails] == receipts
    assert server.mails[0]["To"] == "ann@example.com"
    assert server.mails[0].is_multipart()


def test_a_recipient_refused_for_good_is_refused_and_the_next_is_served(server, send):
    server.answers["gone@example.com"] = "550 no such user"

    with pytest.raises(Refused, match="550 no such user"):
        send("gone@example.com")
    send()

    assert server.connections == 1
    assert [mail["To"] for mail in server.mails] == ["ann@example.com"]


def test_an_address_that_its_server_does_not_know_rests(server, send):
    server.answers["Gone@example.com"] = "550 5.1.1 no such mailbox"
    server.answers["policy@example.com"] = "554 5.7.1 not from you"

    for address in ("Gone@example.com", "policy@example.com"):
        with pytest.raises(Refused):
            send(address)

    (rested,) = RestedAddress.objects.all()
    assert (rested.pk, rested.until) == ("gone@example.com", None)


def test_a_recipient_refused_for_now_is_tried_again_and_the_next_is_served(server, send):
    server.answers["busy@example.com"] = "450 greylisted"

    with pytest.raises(SMTPRecipientsRefused):
        send("busy@example.com")
    send()
    del server.answers["busy@example.com"]
    send("busy@example.com")

    assert server.connections == 1
    assert [mail["To"] for mail in server.mails] == ["ann@example.com", "busy@example.com"]


def test_a_connection_that_breaks_with_a_mail_is_opened_again(server, send):
    server.answers["cut@example.com"] = ""

    with pytest.raises((SMTPException, OSError)) as caught:
        send("cut@example.com")
    send()

    assert not isinstance(caught.value, Refused | NotNow)
    assert server.connections == 2
    assert [mail["To"] for mail in server.mails] == ["ann@example.com"]


def test_a_server_that_is_away_uses_up_no_attempt(server, send):
    send()
    server.stop()
    with pytest.raises((SMTPException, OSError)):
        send()  # the connection breaks with this mail

    for _ in range(3):
        with pytest.raises(NotNow) as caught:
            send()
        assert caught.value.seconds > 0

    server.start()
    send()
    assert len(server.mails) == 2


@pytest.mark.parametrize("answer", ["421 closing", "535 who are you", "550 not from you"])
def test_a_server_that_refuses_the_sender_uses_up_no_attempt(server, send, answer):
    server.greeting = answer
    with pytest.raises(NotNow):
        send()

    server.greeting = ""
    send()
    assert len(server.mails) == 1


def test_a_server_that_closes_at_the_recipient_uses_up_no_attempt(server, send):
    server.answers["ann@example.com"] = "421 closing"

    with pytest.raises(NotNow):
        send()


def test_a_mail_that_is_too_large_is_about_that_mail(server, send):
    server.greeting = "552 too large"

    with pytest.raises(SMTPException) as caught:
        send()
    assert not isinstance(caught.value, NotNow)


def test_a_connection_that_was_closed_while_idle_costs_no_mail(server, send, monkeypatch):
    send()
    monkeypatch.setattr(backend_module, "IDLE_SECONDS", 0.0)
    server.close_connections()

    send()

    assert server.connections == 2
    assert len(server.mails) == 2


def test_mails_keep_the_rate_that_is_set(server, send):
    with override_settings(REALTIME_NOTIFY={**SITE, "EMAIL_RATE": 20.0}):
        begun = time.monotonic()
        for number in range(5):
            send(pk=number)

    assert time.monotonic() - begun >= 4 / 20


class Declining(BaseEmailBackend):
    """A backend that swallows its errors, as `fail_silently` does."""

    def send_messages(self, email_messages):
        return 0


class Silent(BaseEmailBackend):
    """A backend that does not say how many mails it took, as many of projects' own."""

    def send_messages(self, email_messages):
        return None


def test_a_backend_that_takes_no_mail_has_sent_none(send):
    with (
        override_settings(REALTIME_NOTIFY={**SITE, "EMAIL_BACKEND": f"{__name__}.Declining"}),
        pytest.raises(OSError, match="Declining"),
    ):
        send()


def test_a_backend_that_says_nothing_is_believed(send):
    with override_settings(REALTIME_NOTIFY={**SITE, "EMAIL_BACKEND": f"{__name__}.Silent"}):
        assert send()
