"""The mail that asks an address to confirm."""

from __future__ import annotations

import re
import socket
from time import time
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.utils import translation

from realtime_notify import is_subscribed, subscribe
from realtime_notify.confirmations import request_subscription
from realtime_notify.exceptions import (
    InvalidFilter,
    InvalidKey,
    InvalidRecipient,
    InvalidSetting,
    InvalidTarget,
    NotSent,
    TooMany,
)
from realtime_notify.media.email.resting import rest
from realtime_notify.models import (
    Allowance,
    NotificationType,
    Subscription,
    SubscriptionRequest,
)
from realtime_notify.subscriptions import requests
from tests.blog.models import Post
from tests.subscriptions.policies import SETTINGS

pytestmark = pytest.mark.django_db

Mails = list[EmailMessage]
ANN = "ann@example.com"


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.REALTIME_NOTIFY = SETTINGS


def secret(mail: EmailMessage) -> str:
    found = re.search(r"https://example\.com/notifications/confirm/([\w-]+)/", str(mail.body))
    assert found
    return found[1]


def confirm(mail: EmailMessage) -> Subscription:
    request = requests.find(secret(mail))
    assert request
    return requests.confirm(request)


def test_the_mail_says_what_is_confirmed(mailoutbox: Mails) -> None:
    NotificationType.objects.create(key="blog/new", label="New & old posts")
    menu = Post.objects.create(title="Spring <menu>")

    request_subscription("Ann@Example.com", "blog/new", menu)

    (mail,) = mailoutbox
    assert mail.to == [ANN]
    assert mail.subject == "Please confirm: New & old posts"
    assert "New & old posts: Spring <menu>" in str(mail.body)
    assert "The link works for 72 hours." in str(mail.body)
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated"


def test_an_address_is_subscribed_once_it_confirms(mailoutbox: Mails) -> None:
    menu = Post.objects.create(title="Menu")
    request_subscription(ANN, "blog/new", menu, filters={"language": "da"})
    assert not Subscription.objects.exists()

    confirm(mailoutbox[0])

    assert is_subscribed(ANN, "blog/new", menu, filters={"language": "da"})


def test_the_mail_is_in_the_language_of_whoever_asks(mailoutbox: Mails) -> None:
    with translation.override("de"):
        request_subscription(ANN, "blog/new")

    assert mailoutbox[0].subject == "Bitte bestätigen: blog/new"


def test_an_address_that_belongs_to_a_user_is_that_user(alice: Any, mailoutbox: Mails) -> None:
    alice.email = "Alice@Example.com"
    alice.save()

    request_subscription("alice@example.COM", "blog/new")
    confirm(mailoutbox[0])

    assert "belongs to your account" in str(mailoutbox[0].body)
    assert is_subscribed(alice, "blog/new")
    assert Subscription.objects.count() == 1


def test_whoever_gets_the_address_meanwhile_is_subscribed(alice: Any, mailoutbox: Mails) -> None:
    request_subscription(ANN, "blog/new")
    alice.email = ANN
    alice.save()

    assert confirm(mailoutbox[0]).user == alice


def test_an_address_of_two_users_or_of_an_inactive_one_is_an_address(
    users: Any, mailoutbox: Mails
) -> None:
    for user in users("ben", "cleo"):
        user.email = ANN
        user.save()
    (gone,) = users("gone", active=False)
    gone.email = "gone@example.com"
    gone.save()

    for address in (ANN, "gone@example.com"):
        request_subscription(address, "blog/new")

    assert [confirm(mail).email for mail in mailoutbox] == [ANN, "gone@example.com"]


def test_a_project_says_whom_an_address_belongs_to(
    alice: Any, settings: Any, mailoutbox: Mails
) -> None:
    settings.REALTIME_NOTIFY = {**SETTINGS, "ADDRESS_OWNER": f"{__name__}.nobody"}
    alice.email = ANN
    alice.save()

    request_subscription(ANN, "blog/new")

    assert "account" not in str(mailoutbox[0].body)
    assert confirm(mailoutbox[0]).email == ANN


def nobody(address: str) -> None:
    """Own no address."""


def test_confirming_leaves_a_subscription_as_it_is(alice: Any, mailoutbox: Mails) -> None:
    alice.email = ANN
    alice.save()
    mine = subscribe(alice, "blog/new", only_following=True, media=["inbox"])
    Subscription.objects.update(active=False)

    request_subscription(ANN, "blog/new")
    confirm(mailoutbox[0])

    mine.refresh_from_db()
    assert (mine.active, mine.only_following) == (True, True)
    assert [medium.name for medium in mine.media.all()] == ["inbox"]


def test_who_is_subscribed_is_told_so_and_how_to_end_it(mailoutbox: Mails) -> None:
    mine = subscribe(ANN, "blog/new")

    request_subscription(ANN, "blog/new")

    (mail,) = mailoutbox
    assert mail.subject == "You are subscribed already: blog/new"
    assert f"https://example.com/notifications/unsubscribe/{mine.secret}/" in str(mail.body)
    assert "/confirm/" not in str(mail.body)


def test_an_address_gets_three_mails_an_hour_and_the_rest_is_silent(mailoutbox: Mails) -> None:
    for key in ("blog/new", "blog/new", "blog/other", "blog/new", "a/b"):
        request_subscription(ANN, key)
    request_subscription("ben@example.com", "blog/new")

    assert [mail.to for mail in mailoutbox] == [[ANN]] * 3 + [["ben@example.com"]]
    assert SubscriptionRequest.objects.count() == 4


def test_an_address_that_complained_is_not_asked(mailoutbox: Mails) -> None:
    rest(ANN, "complained")

    request_subscription(ANN, "blog/new")

    assert not mailoutbox
    assert not SubscriptionRequest.objects.exists()


def test_each_of_its_links_works(mailoutbox: Mails) -> None:
    for _ in range(2):
        request_subscription(ANN, "blog/new")

    first, second = (confirm(mail) for mail in mailoutbox)

    assert first == second


def test_a_sender_may_ask_so_often_an_hour(settings: Any, mailoutbox: Mails) -> None:
    settings.REALTIME_NOTIFY = {**SETTINGS, "CONFIRMATIONS_PER_SENDER": 2}
    for name in ("ann", "ben"):
        request_subscription(f"{name}@example.com", "blog/new", sender="192.0.2.1")

    with pytest.raises(TooMany, match="Try again in an hour"):
        request_subscription("cleo@example.com", "blog/new", sender="192.0.2.1")
    request_subscription("cleo@example.com", "blog/new", sender="192.0.2.2")

    assert len(mailoutbox) == 3


def test_a_mail_that_cannot_be_sent_leaves_nothing_behind(settings: Any, free_port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port

    for _ in range(5):  # and does not count
        with pytest.raises(NotSent, match="could not be sent"):
            request_subscription(ANN, "blog/new", sender="192.0.2.1")

    assert not SubscriptionRequest.objects.exists()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    request_subscription(ANN, "blog/new", sender="192.0.2.1")
    assert SubscriptionRequest.objects.count() == 1


@pytest.fixture
def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def test_a_request_expires_and_is_removed(
    settings: Any, mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_subscription(ANN, "blog/new")
    later = time() + 259_201
    monkeypatch.setattr("realtime_notify.subscriptions.requests.time", lambda: later)

    assert requests.find(secret(mailoutbox[0])) is None
    monkeypatch.setattr("realtime_notify.models.requests.time", lambda: later)
    request_subscription("ben@example.com", "blog/new")
    assert [row.address for row in SubscriptionRequest.objects.all()] == ["ben@example.com"]


def test_a_request_ends_with_its_target(mailoutbox: Mails) -> None:
    menu = Post.objects.create(title="Menu")
    request_subscription(ANN, "blog/new", menu)
    menu.delete()

    assert requests.find(secret(mailoutbox[0])) is None


def test_the_table_holds_no_link(mailoutbox: Mails) -> None:
    request_subscription(ANN, "blog/new")

    assert secret(mailoutbox[0]) not in str(vars(SubscriptionRequest.objects.get()))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"address": "not an address"}, InvalidRecipient),
        ({"address": None}, InvalidRecipient),
        ({"key": "not a key!"}, InvalidKey),
        ({"target": Post(title="Not saved")}, InvalidTarget),
        ({"filters": {"": 1}}, InvalidFilter),
    ],
)
def test_what_is_invalid_is_refused_before_anything_is_written_or_sent(
    arguments: dict[str, Any], error: type[Exception], mailoutbox: Mails
) -> None:
    with pytest.raises(error):
        request_subscription(**{"address": ANN, "key": "blog/new", **arguments})

    assert not mailoutbox
    assert not SubscriptionRequest.objects.exists()
    assert not Allowance.objects.exists()


def test_a_user_is_no_address(alice: Any) -> None:
    with pytest.raises(InvalidRecipient, match=r"for users, call subscribe\(\)"):
        request_subscription(alice, "blog/new")


def test_without_the_address_of_the_site_there_is_no_link(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {}

    with pytest.raises(InvalidSetting, match="BASE_URL"):
        request_subscription(ANN, "blog/new")


def test_confirming_resumes_what_an_import_left_paused(mailoutbox: Mails) -> None:
    mine = subscribe(ANN, "blog/new")
    Subscription.objects.update(active=False)

    request_subscription(ANN, "blog/new")

    assert mailoutbox[0].subject == "Please confirm: blog/new"
    assert confirm(mailoutbox[0]) == mine
    assert Subscription.objects.get().active
