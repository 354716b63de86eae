"""Somebody without an account, from the form to the last mail: browser, mail server, worker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from html import unescape
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from realtime_notify import notify
from realtime_notify.models import (
    Dispatch,
    NotificationType,
    OptOut,
    Subscription,
    SubscriptionRequest,
)
from realtime_notify.work import run_due
from tests.media.email.mail_server import MailServer, mail_server

pytestmark = pytest.mark.django_db(transaction=True)

ANN = "ann@example.com"
SITE = "https://example.com"


def open_news(address: str, about: NotificationType, target: Any) -> bool:
    """Let any address subscribe to the news."""
    return str(about.key) == "news"


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with mail_server() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.REALTIME_NOTIFY = {
            "MEDIA": ["email"],
            "BASE_URL": SITE,
            "SUBSCRIBE_BY_ADDRESS": f"{__name__}.open_news",
        }
        NotificationType.objects.create(key="news", label="News", delay=0)
        yield running


class Visitor:
    """A client that keeps its cookies, on a real connection to a real server."""

    def __init__(self, live_server: Any) -> None:
        self.host = urlsplit(live_server.url).netloc
        self.cookies: SimpleCookie = SimpleCookie()

    def ask(self, method: str, url: str, data: dict[str, str] | None = None) -> tuple[int, str]:
        """Send a request, follow a redirect, and return the status and the page."""
        path = url.removeprefix(SITE)
        headers = {"Cookie": "; ".join(f"{k}={v.value}" for k, v in self.cookies.items())}
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection(self.host, timeout=10)
        try:
            connection.request(method, path, urlencode(data) if data is not None else None, headers)
            answer = connection.getresponse()
            page = answer.read().decode()
        finally:
            connection.close()
        for value in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.load(value)
        if answer.status == 302:
            return self.ask("GET", answer.headers["Location"])
        return answer.status, page


@pytest.fixture
def visitor(live_server: Any) -> Visitor:
    return Visitor(live_server)


def hidden(page: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    assert found, page
    return unescape(found[1])


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body
    return str(body.get_content())


def one_click(mail: EmailMessage) -> str:
    """Return where a mail program posts to when its reader presses "unsubscribe"."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return str(mail["List-Unsubscribe"]).replace(" ", "").strip("<>")


def subscribe_at(visitor: Visitor, server: MailServer) -> None:
    """Fill in the form, and open the link in the mail."""
    _, form = visitor.ask("GET", "/notifications/subscribe/?key=news")
    data = {name: hidden(form, name) for name in ("csrfmiddlewaretoken", "key")}
    status, page = visitor.ask("POST", "/notifications/subscribe/", {**data, "email": ANN})
    assert (status, "Check your e-mail" in page) == (200, True)
    asked = server.mails.pop()
    assert asked["To"] == ANN
    link = re.search(rf"{SITE}/\S+", text_of(asked))
    assert link
    assert "Yes, subscribe" in visitor.ask("GET", link[0])[1]
    assert not Subscription.objects.exists()
    assert "Subscribed" in visitor.ask("POST", link[0], {})[1]


def test_from_the_form_to_the_last_mail(
    visitor: Visitor, live_server: Any, server: MailServer
) -> None:
    notify("Before", "news")
    subscribe_at(visitor, server)

    notify("The kettle is on", "news")
    run_due()

    (mail,) = server.mails
    assert mail["To"] == ANN
    assert "The kettle is on" in text_of(mail)
    program = Visitor(live_server)  # without a cookie
    status, _ = program.ask("POST", one_click(mail), {"List-Unsubscribe": "One-Click"})
    assert status == 200
    assert not Subscription.objects.exists()
    notify("Nobody hears this", "news")
    run_due()
    assert server.mails == [mail]
    assert program.ask("POST", one_click(mail), {"List-Unsubscribe": "One-Click"})[0] == 200


def test_what_waits_is_not_sent_after_unsubscribing_and_undo_brings_the_next(
    visitor: Visitor, server: MailServer
) -> None:
    subscribe_at(visitor, server)
    notify("First", "news")
    run_due()
    url = one_click(server.mails[0])
    NotificationType.objects.update(delay=60)
    notify("Waiting", "news")

    _, page = visitor.ask("POST", url, {})
    Dispatch.objects.filter(state="waiting").update(due_at="2020-01-01T00:00Z")
    run_due()

    assert len(server.mails) == 1
    assert "Subscribed again" in visitor.ask("POST", url, {"undo": hidden(page, "undo")})[1]
    NotificationType.objects.update(delay=0)
    notify("Last", "news")
    run_due()
    assert ["Last" in text_of(mail) for mail in server.mails] == [False, True]


def test_a_user_who_never_subscribed_gets_no_more_mail_and_keeps_the_inbox(
    visitor: Visitor, server: MailServer, alice: Any
) -> None:
    alice.email = "alice@example.com"
    alice.save()
    notify("First", "news", recipients=alice)
    run_due()
    (mail,) = server.mails

    assert visitor.ask("GET", one_click(mail))[0] == 200
    assert not OptOut.objects.exists()
    visitor.ask("POST", one_click(mail), {"List-Unsubscribe": "One-Click"})
    notify("Second", "news", recipients=alice)
    run_due()

    assert server.mails == [mail]
    assert alice.notify_notifications.count() == 2


def test_a_server_that_refuses_the_address_leaves_nothing_behind(
    visitor: Visitor, server: MailServer
) -> None:
    server.answers[ANN] = "550 No such user"
    _, form = visitor.ask("GET", "/notifications/subscribe/?key=news")
    data = {name: hidden(form, name) for name in ("csrfmiddlewaretoken", "key")}

    status, page = visitor.ask("POST", "/notifications/subscribe/", {**data, "email": ANN})

    assert status == 503
    assert "could not be sent" in page
    assert not SubscriptionRequest.objects.exists()
