"""The form for an address without an account, and the link that confirms it."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.template import Context, Template
from django.test import Client, RequestFactory

from realtime_notify import is_subscribed, subscribe
from realtime_notify.models import NotificationType, Subscription, SubscriptionRequest
from tests.blog.models import Post
from tests.subscriptions.policies import SETTINGS

pytestmark = pytest.mark.django_db

Mails = list[EmailMessage]
ANN = "ann@example.com"
FORM = "/notifications/subscribe/"


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.REALTIME_NOTIFY = SETTINGS
    for key in ("blog/new", "blog/internal"):
        NotificationType.objects.create(key=key, label=key.title())


@pytest.fixture
def stranger() -> Client:
    return Client(enforce_csrf_checks=True)


def post(browser: Client, email: str, key: str = "blog/new", target: str = "", **extra: Any) -> Any:
    """Open the form, fill it in and send it."""
    page = browser.get(FORM, {"key": key, "target": target})
    found = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    token = found[1] if found else ""
    data = {"email": email, "key": key, "target": target, "csrfmiddlewaretoken": token}
    return browser.post(FORM, data, **extra)


def link(mail: EmailMessage) -> str:
    found = re.search(r"https://example\.com(/notifications/confirm/\S+)", str(mail.body))
    assert found
    return found[1]


def test_the_form_names_what_it_is_about(stranger: Client) -> None:
    menu = Post.objects.create(title="Spring <menu>")

    answer = stranger.get(FORM, {"key": "blog/new", "target": f"blog.post:{menu.pk}"})

    html = answer.content.decode()
    assert answer.status_code == 200
    assert "Blog/New" in html
    assert "Spring &lt;menu&gt;" in html
    assert 'autocomplete="email"' in html


def test_the_form_sends_a_mail_and_leads_to_a_page_that_says_so(
    stranger: Client, mailoutbox: Mails
) -> None:
    menu = Post.objects.create(title="Menu")

    answer = post(stranger, ANN, target=f"blog.post:{menu.pk}")

    assert answer.status_code == 302
    shown = stranger.get(answer["Location"]).content.decode()
    assert "Check your e-mail" in shown
    assert "ann" not in answer["Location"]
    assert [mail.to for mail in mailoutbox] == [[ANN]]


def test_the_form_needs_the_csrf_token(stranger: Client, mailoutbox: Mails) -> None:
    answer = stranger.post(FORM, {"email": ANN, "key": "blog/new"})

    assert answer.status_code == 403
    assert not mailoutbox


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "blog/internal"},
        {"key": "blog/nothing"},
        {"key": "no key!"},
        {},
        {"key": "blog/new", "target": "blog.post:4711"},
        {"key": "blog/new", "target": "nothing"},
        {"key": "blog/new\x00"},
    ],
)
def test_what_is_not_offered_is_not_found(
    wrong: dict[str, str], method: str, mailoutbox: Mails
) -> None:
    answer = getattr(Client(), method)(FORM, {"email": ANN, **wrong})

    assert answer.status_code == 404
    assert not mailoutbox


def test_the_policy_may_refuse_an_address(stranger: Client, mailoutbox: Mails) -> None:
    assert post(stranger, "spy@rival.example").status_code == 404
    assert not mailoutbox


def test_without_a_policy_nothing_is_offered(settings: Any, stranger: Client) -> None:
    settings.REALTIME_NOTIFY = {}

    assert stranger.get(FORM, {"key": "blog/new"}).status_code == 404


def test_the_answer_is_the_same_for_every_address(
    alice: Any, stranger: Client, mailoutbox: Mails
) -> None:
    alice.email = "alice@example.com"
    alice.save()
    subscribe("subscribed@example.com", "blog/new")
    full = "often@example.com"
    for _ in range(3):
        post(stranger, full)

    answers = {
        (answer.status_code, answer["Location"])
        for address in (ANN, "alice@example.com", "subscribed@example.com", full)
        for answer in [post(stranger, address)]
    }

    assert len(answers) == 1
    assert len(mailoutbox) == 3 + 3


def test_a_text_that_is_no_address_is_explained(stranger: Client, mailoutbox: Mails) -> None:
    answer = post(stranger, "not an address")

    html = answer.content.decode()
    assert answer.status_code == 400
    assert "Enter a valid email address." in html
    assert 'aria-describedby="rn-email-error"' in html or 'aria-invalid="true"' in html
    assert not mailoutbox


def test_a_sender_who_asks_too_often_is_told_so(
    settings: Any, stranger: Client, mailoutbox: Mails
) -> None:
    settings.REALTIME_NOTIFY = {**SETTINGS, "CONFIRMATIONS_PER_SENDER": 2}

    answers = [
        post(stranger, f"{name}@example.com", REMOTE_ADDR="8.8.8.8") for name in ("a", "b", "c")
    ]
    other = post(stranger, "d@example.com", REMOTE_ADDR="8.8.4.4")

    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert "Try again in an hour" in answers[2].content.decode()
    assert other.status_code == 302


def test_a_sender_behind_a_trusted_proxy_is_known_by_what_it_forwards(
    settings: Any, stranger: Client
) -> None:
    limit = {"CONFIRMATIONS_PER_SENDER": 1, "TRUSTED_PROXIES": ["127.0.0.1"]}
    settings.REALTIME_NOTIFY = {**SETTINGS, **limit}

    answers = [
        post(stranger, f"{number}@example.com", headers={"x-forwarded-for": f"1.2.3.4, {sender}"})
        for number, sender in enumerate(["8.8.8.8", "8.8.4.4", "8.8.8.8"])
    ]

    assert [answer.status_code for answer in answers] == [302, 302, 429]


def test_a_mail_that_cannot_be_sent_is_said_and_logged_without_the_address(
    settings: Any, stranger: Client, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    with caplog.at_level(logging.WARNING):
        answer = post(stranger, ANN)

    assert answer.status_code == 503
    assert "could not be sent" in answer.content.decode()
    assert "A confirmation was not sent: ConnectionRefusedError." in caplog.messages
    assert ANN not in caplog.text
    assert not SubscriptionRequest.objects.exists()


def test_whoever_is_signed_in_finds_their_address_filled_in(alice: Any, sign_in: Any) -> None:
    alice.email = "alice@example.com"
    alice.save()

    html = sign_in(alice).get(FORM, {"key": "blog/new"}).content.decode()

    assert 'value="alice@example.com"' in html


def test_opening_the_link_shows_and_posting_it_subscribes(
    stranger: Client, mailoutbox: Mails
) -> None:
    post(stranger, ANN)
    url = link(mailoutbox[0])

    shown, _ = stranger.get(url), stranger.head(url)
    assert "Yes, subscribe" in shown.content.decode()
    assert not Subscription.objects.exists()
    done, again = stranger.post(url), stranger.get(url)

    assert is_subscribed(ANN, "blog/new")
    for answer in (done, again):
        assert answer.status_code == 200
        assert "by e-mail" in answer.content.decode()
        assert "Yes, subscribe" not in answer.content.decode()


def test_the_page_of_a_user_says_that_it_is_their_account(
    alice: Any, stranger: Client, mailoutbox: Mails
) -> None:
    alice.email = ANN
    alice.save()
    post(stranger, ANN)

    html = stranger.get(link(mailoutbox[0])).content.decode()

    assert "Your account will be notified" in html


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_was_not_sent_is_not_found(
    stranger: Client, mailoutbox: Mails, method: str
) -> None:
    post(stranger, ANN)
    url = link(mailoutbox[0])

    for wrong in (url[:-2] + "/", "/notifications/confirm/nothing/", url[:-1] + "x/"):
        answer = getattr(stranger, method)(wrong)
        assert answer.status_code == 404
        assert "may have expired" in answer.content.decode()
    assert not Subscription.objects.exists()


def test_the_secret_of_the_link_is_not_sent_as_referrer(
    stranger: Client, mailoutbox: Mails
) -> None:
    post(stranger, ANN)

    answer = stranger.get(link(mailoutbox[0]))

    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]


def test_a_page_of_the_site_includes_the_form(rf: RequestFactory) -> None:
    menu = Post.objects.create(title="Menu")
    text = "{% load realtime_notify %}{% subscribe_form key menu %}"

    def render(key: str) -> str:
        return Template(text).render(Context({"request": rf.get("/"), "key": key, "menu": menu}))

    html = render("blog/new")
    assert f'action="{FORM}"' in html
    assert f'value="blog.post:{menu.pk}"' in html
    assert "csrfmiddlewaretoken" in html
    assert render("blog/internal") == ""
