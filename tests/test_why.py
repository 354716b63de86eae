"""Why somebody got an event or didn't: what became of it, and what the rules say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from realtime_notify import inbox, notify, opt_out, subscribe
from realtime_notify.models import (
    DeliveryProfile,
    Dispatch,
    DispatchItem,
    DispatchState,
    Event,
    Notification,
    Subscription,
)
from realtime_notify.models.profiles import NEVER
from realtime_notify.why import why
from tests.blog.models import Post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mail(settings: Any) -> None:
    """E-mail is on."""
    settings.REALTIME_NOTIFY = {"MEDIA": ["email"]}


@pytest.fixture
def sent(alice: Any, deliver_notifications: Callable[[], int]) -> Event:
    """An event that alice has in her inbox, and is to get by mail."""
    subscribe(alice, "a")
    event = notify("Hello", "a")
    deliver_notifications()
    return event


def said(event: Event, user: Any) -> list[str]:
    """Return what became of an event in the inbox, and by mail."""
    return [" ".join(answer.outcome) for answer in why(event, user)]


def test_a_line_says_what_became_of_it_and_what_the_rules_say(sent: Event, alice: Any) -> None:
    row = Subscription.objects.get()

    inbox_line, mail_line = map(str, why(sent, alice))

    reason = f"They subscribe. It is subscription {row.pk}, to a."
    assert inbox_line == f"Inbox: It is in their inbox, unread. {reason}"
    assert mail_line.startswith("E-mail: It is to be sent on ")
    assert mail_line.endswith(reason)


@pytest.mark.parametrize(
    ("columns", "outcome"),
    [
        ({"read_at": "now"}, "It is in their inbox, read on "),
        ({"archived_at": "now"}, "It is in their archive."),
        ({"snoozed_until": "now"}, "It is in their inbox, snoozed until "),
        ({"deleted_at": "now"}, "They deleted it on "),
    ],
)
def test_the_state_of_the_notification_is_told(
    sent: Event, alice: Any, columns: dict[str, Any], outcome: str
) -> None:
    Notification.objects.update(**dict.fromkeys(columns, timezone.now()))

    assert said(sent, alice)[0].startswith(outcome)


@pytest.mark.parametrize(
    ("columns", "outcome"),
    [
        ({"state": DispatchState.SENT, "finished_at": timezone.now()}, "It was sent on "),
        ({"state": DispatchState.DROPPED, "reason": "read"}, "It was not sent: read."),
        (
            {"state": DispatchState.DEAD, "attempts": 8, "last_error": "No route"},
            "It was given up after 8 attempts: No route",
        ),
        (
            {"state": DispatchState.DEAD, "attempts": 1, "last_error": "No route"},
            "It was given up after 1 attempt: No route",
        ),
        ({"attempts": 2, "last_error": "No route"}, "It failed 2 times, and is tried again on "),
        ({"attempts": 1, "last_error": "No route"}, "It failed 1 time, and is tried again on "),
    ],
)
def test_the_state_of_the_dispatch_is_told(
    sent: Event, alice: Any, columns: dict[str, Any], outcome: str
) -> None:
    Dispatch.objects.update(**columns)

    assert said(sent, alice)[1].startswith(outcome)
    assert not said(sent, alice)[1].endswith("..")


def test_an_event_that_was_left_out_of_a_message_says_why(sent: Event, alice: Any) -> None:
    Dispatch.objects.update(state=DispatchState.SENT, finished_at=timezone.now())
    DispatchItem.objects.update(reason="archived")

    assert said(sent, alice)[1] == "It was not sent: archived."


def test_what_was_kept_away_names_the_rule(alice: Any, deliver_notifications: Any) -> None:
    subscribe(alice, "a", Post.objects.create(title="Tea"))
    row = opt_out(alice, "a", Post.objects.get(), medium="email")
    event = notify("Hello", "a", Post.objects.get())
    deliver_notifications()
    event.refresh_from_db()

    _, mail_line = map(str, why(event, alice))

    assert mail_line == (
        f"E-mail: There is nothing of it. They have opted out. It is opt-out {row.pk}, from a "
        "about Tea, by E-mail."
    )


def test_a_group_is_named(alice: Any, deliver_notifications: Any) -> None:
    group = Group.objects.create(name="cooks")
    group.user_set.add(alice)
    subscribe(group, "a")
    event = notify("Hello", "a")
    deliver_notifications()

    assert why(event, alice)[0].rules[0] == "A group of theirs subscribes: cooks."


def test_who_wants_no_mail_or_has_no_address_gets_none(
    users: Any, deliver_notifications: Any
) -> None:
    alice, bob = users("alice", "bob")
    DeliveryProfile.objects.create(user=alice, interval=NEVER)
    type(bob).objects.filter(pk=bob.pk).update(email="")
    for user in (alice, bob):
        subscribe(user, "a")
    event = notify("Hello", "a")
    deliver_notifications()

    assert said(event, alice)[1] == "They want it never, by their delivery profile."
    assert said(event, bob)[1].startswith("The medium cannot reach them: it knows no address")


def test_what_has_not_arrived_says_where_it_is(alice: Any, deliver_notifications: Any) -> None:
    subscribe(alice, "a")
    late = notify("Hello", "a")
    broadcast = notify("Everybody", "a", lazy=True)
    expired = notify("Quick", "a", expires_at=timezone.now() + timedelta(hours=1))
    withdrawn = notify("Oops", "a")
    assert said(late, alice)[0] == "It is not delivered to everybody yet."
    Event.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    Event.objects.filter(pk=withdrawn.pk).update(withdrawn_at=timezone.now())
    for event in (expired, withdrawn):
        event.refresh_from_db()

    assert said(expired, alice)[0] == "It has expired."
    assert said(withdrawn, alice)[0] == "It was withdrawn."
    deliver_notifications()
    broadcast.refresh_from_db()
    assert said(broadcast, alice)[0].startswith("It is a broadcast, which they get when")
    inbox.page(alice)
    assert said(broadcast, alice)[0] == "It is in their inbox, unread."


def test_named_people_are_recipients(alice: Any, deliver_notifications: Any) -> None:
    event = notify("Hello", "a", recipients=alice)
    deliver_notifications()

    assert why(event, alice)[0].rules == ["They are among the recipients."]
