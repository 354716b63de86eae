"""Messages reach all browsers of their recipient, each once, whatever push services answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from realtime_notify.media.webpush import WebPush
from realtime_notify.models import PushMark, PushSubscription
from realtime_notify.outbox import Message, Refused, TryLater, backends
from tests.push_service import FakeBrowser, PushService

pytestmark = pytest.mark.django_db

Register = Callable[..., FakeBrowser]
About = Callable[..., Message]
Make = Callable[..., Any]


def test_a_message_is_signed_encrypted_and_read_by_every_browser(
    alice: Any, webpush: WebPush, register: Register, about: About, make_notification: Make,
    service: PushService,
) -> None:  # fmt: skip
    phone, laptop = register(alice), register(alice)
    tea = make_notification(alice, "Tea is ready", description="In the kitchen", url="/tea/")

    webpush.send(about(alice, tea, unread=3))

    assert service.refused == []
    for browser in (phone, laptop):
        [pushed] = browser.got
        assert pushed.payload["web_push"] == 8030
        assert pushed.payload["app_badge"] == 3
        shown = pushed.payload["notification"]
        assert (shown["title"], shown["body"]) == ("Tea is ready", "In the kitchen")
        assert shown["navigate"] == f"https://example.com/notifications/go/{tea.pk}/"
        assert shown["data"] == {"url": "https://example.com/tea/"}
        assert pushed.headers["Urgency"] == "normal"


def test_a_message_is_in_its_readers_language(
    alice: Any, webpush: WebPush, register: Register, about: About, make_notification: Make,
) -> None:  # fmt: skip
    phone = register(alice)
    several = [make_notification(alice, text, collapse_key=None) for text in ("Tea", "Cake")]

    webpush.send(about(alice, *several, language="de"))

    shown = phone.got[0].payload["notification"]
    assert (shown["title"], shown["lang"]) == ("2 neue Benachrichtigungen", "de")


def test_nobody_elses_browser_gets_it(
    alice: Any, bob: Any, webpush: WebPush, register: Register, about: About,
    make_notification: Make,
) -> None:  # fmt: skip
    register(alice)
    other = register(bob)

    webpush.send(about(alice, make_notification(alice)))

    assert other.got == []


def test_those_are_reachable_who_have_registered_a_browser(
    alice: Any, bob: Any, carol: Any, register: Register, django_assert_num_queries: Any
) -> None:
    register(alice)
    register(alice)
    register(carol)

    with django_assert_num_queries(1):
        found = backends()["webpush"]().reachable([alice.pk, bob.pk])

    assert found == {alice.pk}


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_the_others_get_the_message(
    status: int, alice: Any, webpush: WebPush, register: Register, about: About,
    make_notification: Make, service: PushService,
) -> None:  # fmt: skip
    gone, there = register(alice), register(alice)
    service.answer(gone, status)

    webpush.send(about(alice, make_notification(alice)))

    assert len(there.got) == 1
    assert [row.endpoint for row in PushSubscription.objects.all()] == [there.endpoint]


def test_whose_last_browser_is_gone_cannot_be_reached(
    alice: Any, webpush: WebPush, register: Register, about: About, make_notification: Make,
    service: PushService,
) -> None:  # fmt: skip
    service.answer(register(alice), 410)
    message = about(alice, make_notification(alice))

    with pytest.raises(Refused, match="no browser"):
        webpush.send(message)
    with pytest.raises(Refused, match="no browser"):
        webpush.send(message)
    assert webpush.reachable([alice.pk]) == set()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_one_browser_that_fails_is_tried_again_alone(
    status: int, alice: Any, webpush: WebPush, register: Register, about: About,
    make_notification: Make, service: PushService,
) -> None:  # fmt: skip
    fine, failing = register(alice), register(alice)
    service.answer(failing, status)
    message = about(alice, make_notification(alice))

    with pytest.raises(TryLater, match=str(status)):
        webpush.send(message)
    webpush.send(message)

    assert (len(fine.got), len(failing.got)) == (1, 1)


def test_a_later_message_does_not_wait_for_one_that_is_tried_again(
    alice: Any, webpush: WebPush, register: Register, about: About, make_notification: Make,
    service: PushService,
) -> None:  # fmt: skip
    fine, failing = register(alice), register(alice)
    first = about(alice, make_notification(alice, "First"))
    second = about(alice, make_notification(alice, "Second"))
    service.answer(failing, 500)

    with pytest.raises(TryLater):
        webpush.send(first)
    webpush.send(second)
    webpush.send(first)

    def titles(browser: FakeBrowser) -> list[str]:
        return [pushed.payload["notification"]["title"] for pushed in browser.got]

    assert titles(fine) == ["First", "Second"]
    assert titles(failing) == ["Second", "First"]


def test_a_push_service_is_left_alone_for_as_long_as_it_asks(
    alice: Any, webpush: WebPush, register: Register, about: About, make_notification: Make,
    service: PushService,
) -> None:  # fmt: skip
    service.answer(register(alice), 429, Retry_After="120")
    message = about(alice, make_notification(alice))

    with pytest.raises(TryLater) as first:
        webpush.send(message)
    with pytest.raises(TryLater) as second:
        webpush.send(message)

    assert first.value.seconds == 120
    assert 118 < second.value.seconds <= 120
    assert len(service.requests) == 1, "it was not asked again"


@pytest.mark.parametrize(
    ("given", "waits"),
    [("Thu, 01 Jan 2099 00:00:00 GMT", 3600), ("99999999", 3600), ("soon", 0), ("", 0)],
)
def test_a_push_service_cannot_ask_for_more_than_an_hour(
    given: str, waits: float, alice: Any, webpush: WebPush, register: Register,
    about: About, make_notification: Make, service: PushService,
) -> None:  # fmt: skip
    service.answer(register(alice), 503, Retry_After=given)

    with pytest.raises(TryLater) as failed:
        webpush.send(about(alice, make_notification(alice)))

    assert failed.value.seconds == waits


def test_a_message_that_is_too_large_is_shortened(
    alice: Any, webpush: WebPush, register: Register, about: About, make_notification: Make,
    service: PushService,
) -> None:  # fmt: skip
    browser = register(alice)
    service.answer(browser, 413)

    webpush.send(about(alice, make_notification(alice, "Tea", description="ü" * 3000)))

    [pushed] = browser.got
    assert pushed.size <= 1024 + 103
    assert pushed.payload["notification"]["title"] == "Tea"
    assert pushed.payload["notification"]["body"].endswith("ü…")


def test_a_key_that_does_not_match_is_logged_and_not_tried_again(
    alice: Any, webpush: WebPush, register: Register, about: About, make_notification: Make,
    service: PushService, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    register(alice)
    service.public_key = "another"

    with pytest.raises(Refused, match="403"):
        webpush.send(about(alice, make_notification(alice)))

    assert service.refused == ["signed by somebody else"]
    assert "Check VAPID_PRIVATE_KEY" in caplog.text
    assert PushSubscription.objects.exists(), "the clock may be wrong, or the settings"


def test_a_push_service_that_does_not_answer_is_tried_again(
    alice: Any, webpush: WebPush, register: Register, about: About, make_notification: Make,
) -> None:  # fmt: skip
    register(alice)
    PushSubscription.objects.update(endpoint="http://127.0.0.1:9/push/1")

    message = about(alice, make_notification(alice))

    with pytest.raises(TryLater, match="no answer") as failed:
        webpush.send(message)

    assert failed.value.seconds == 60


def test_push_services_that_are_slow_on_purpose_cost_a_message_half_a_minute_at_most(
    alice: Any, webpush: WebPush, register: Register, about: About, make_notification: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    first, second = register(alice), register(alice)
    message = about(alice, make_notification(alice))
    monkeypatch.setattr("realtime_notify.media.webpush.backend.PATIENCE", 0.0)

    with pytest.raises(TryLater, match="too long"):
        webpush.send(message)

    assert first.got == second.got == []
    monkeypatch.undo()
    webpush.send(message)
    assert (len(first.got), len(second.got)) == (1, 1)


def test_a_browser_whose_address_is_private_is_not_asked(
    alice: Any, webpush: WebPush, register: Register, about: About, make_notification: Make,
    service: PushService, change: Callable[..., None],
) -> None:  # fmt: skip
    register(alice)
    change(ALLOWED_PRIVATE_NETWORKS=[])

    with pytest.raises(Refused, match="not public"):
        webpush.send(about(alice, make_notification(alice)))

    assert service.requests == []


def test_a_subscription_that_has_expired_is_passed_over(
    alice: Any, webpush: WebPush, register: Register, about: About, make_notification: Make,
) -> None:  # fmt: skip
    expired, current = register(alice), register(alice)
    row = PushSubscription.objects.filter(endpoint=expired.endpoint)
    row.update(expires_at=timezone.now() - timedelta(hours=1))

    webpush.send(about(alice, make_notification(alice)))

    assert (len(expired.got), len(current.got)) == (0, 1)


def test_the_day_of_the_last_use_is_kept_without_a_statement_for_each_message(
    alice: Any, webpush: WebPush, register: Register, about: About, make_notification: Make,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    register(alice)
    message = about(alice, make_notification(alice))
    assert not message.items[0].event.type.critical  # is loaded with what is sent

    with django_assert_num_queries(2):
        webpush.send(message)
    assert PushSubscription.objects.get().last_used is not None
    with django_assert_num_queries(1):
        webpush.send(message)


def test_marks_leave_with_their_dispatch(
    alice: Any, webpush: WebPush, register: Register, about: About, make_notification: Make,
    service: PushService,
) -> None:  # fmt: skip
    register(alice)
    service.answer(register(alice), 500)
    message = about(alice, make_notification(alice))
    with pytest.raises(TryLater):
        webpush.send(message)
    assert PushMark.objects.count() == 1

    PushMark.objects.get().dispatch.delete()

    assert not PushMark.objects.exists()
