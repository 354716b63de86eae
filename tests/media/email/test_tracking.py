"""Reports of e-mail services: who bounces or complains is left alone, who leaves has left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from anymail.signals import AnymailTrackingEvent
from anymail.signals import tracking as signal
from django.test import modify_settings
from django.utils import timezone

from realtime_notify import subscribe
from realtime_notify.media.email import tracking
from realtime_notify.media.email.composing import compose
from realtime_notify.media.email.resting import count_bounce, lift, rest
from realtime_notify.models import (
    Dispatch,
    DispatchItem,
    Medium,
    NotificationType,
    OptOut,
    RestedAddress,
    Subscription,
)
from realtime_notify.subscriptions import is_opted_out

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anymail():
    """A project that uses django-anymail."""
    with modify_settings(INSTALLED_APPS={"append": "anymail"}):
        tracking.connect()
        yield
        signal.disconnect(dispatch_uid="realtime_notify.media.email.tracking")


def report(event_type, address="Ann@example.com", **details):
    event = AnymailTrackingEvent(event_type=event_type, recipient=address, **details)
    signal.send(sender=object, event=event, esp_name="Post Office")


def resting():
    return list(RestedAddress.objects.resting().values_list("pk", flat=True))


def tomorrow(days=1):
    """Let the rows be older by so many days."""
    for row in RestedAddress.objects.exclude(until=None):
        row.until -= timedelta(days=days)
        row.save()


def test_the_signal_is_connected_only_where_anymail_is_installed():
    signal.disconnect(dispatch_uid="realtime_notify.media.email.tracking")
    with modify_settings(INSTALLED_APPS={"remove": "anymail"}):
        tracking.connect()

    report("complained")

    assert resting() == []


@pytest.mark.parametrize(
    ("event_type", "why"),
    [
        ("bounced", "bounced"),
        ("bounced", "invalid"),
        ("rejected", "invalid"),
        ("rejected", "spam"),
        ("complained", None),
    ],
)
def test_an_address_rests_for_ever(event_type, why):
    report(event_type, reject_reason=why, description="no such user")

    (row,) = RestedAddress.objects.all()
    assert (row.pk, row.until) == ("ann@example.com", None)
    assert row.reason.startswith(f"Post Office: {event_type}")


@pytest.mark.parametrize("event_type", ["sent", "delivered", "deferred", "opened", "clicked"])
def test_other_reports_change_nothing(event_type):
    report(event_type)

    assert not RestedAddress.objects.exists()


def test_an_address_rests_for_a_week_after_some_bounces_for_now():
    for _ in range(2):
        report("bounced", reject_reason="timed_out")
        assert resting() == []
    report("bounced", reject_reason="timed_out")

    assert resting() == ["ann@example.com"]
    until = RestedAddress.objects.get().until
    assert timedelta(days=6) < until - timezone.now() <= timedelta(days=7)
    tomorrow(days=8)
    assert resting() == []


def test_bounces_that_lie_far_apart_are_counted_anew():
    for _ in range(5):
        count_bounce("ann@example.com", "mailbox full")
        tomorrow(days=15)

    count_bounce("ann@example.com", "mailbox full")
    assert resting() == []


def test_a_rest_for_ever_is_not_shortened():
    rest("ann@example.com", "complained")
    rest("ann@example.com", "full", timezone.now() + timedelta(days=1))
    for _ in range(4):
        count_bounce("ann@example.com", "mailbox full")

    assert RestedAddress.objects.get().until is None


def test_a_rest_is_lifted():
    rest("ann@example.com", "complained")

    assert lift("ANN@example.com")
    assert not lift("ann@example.com")
    assert resting() == []


def sent(*items, user=None, address="", subscription=None):
    """Write the dispatch of a mail."""
    medium = Medium.objects.named("email")
    whom = f"user:{user.pk}" if user else f"email:{address}"
    dispatch = Dispatch.objects.create(
        medium=medium, recipient=whom, user=user, address=address, due_at=timezone.now()
    )
    for item in items:
        DispatchItem.objects.create(dispatch=dispatch, event=item.event, subscription=subscription)
    return dispatch


def test_a_mail_carries_the_dispatch_for_services_to_report(told, message_of):
    assert compose(message_of(told(), pk=71)).metadata == {tracking.METADATA: "71"}


def test_who_unsubscribes_at_the_service_is_opted_out_of_what_the_mail_told(told, alice):
    dispatch = sent(told(), user=alice)

    report("unsubscribed", metadata={tracking.METADATA: str(dispatch.pk)})

    assert is_opted_out(alice, "kitchen/kettle", medium="email")
    assert resting() == []


def test_what_is_required_stays_for_who_unsubscribes_at_the_service(told, alice):
    NotificationType.objects.create(key="account/password", required=True)
    required, other = told("Changed", "account/password"), told()
    alone, both = sent(required, user=alice), sent(required, other, user=alice)

    report("unsubscribed", metadata={tracking.METADATA: str(alone.pk)})
    assert not OptOut.objects.exists()

    report("unsubscribed", metadata={tracking.METADATA: str(both.pk)})
    assert list(OptOut.objects.values_list("type", "medium")) == [("kitchen/kettle", "email")]


def test_no_address_is_logged(caplog):
    caplog.set_level("DEBUG")

    report("unsubscribed", description="Ann@example.com has left")

    assert "Post Office" in caplog.text
    assert "example.com" not in caplog.text


def test_who_has_no_account_and_unsubscribes_at_the_service_has_left(told):
    by, other = (subscribe("ann@example.com", key) for key in ("kitchen/kettle", "blog/new"))
    dispatch = sent(told(), address="ann@example.com", subscription=by)

    report("unsubscribed", metadata={tracking.METADATA: str(dispatch.pk)})

    assert list(Subscription.objects.filter(email="ann@example.com")) == [other]


@pytest.mark.parametrize("named", [None, "0", "no number", "another"])
def test_an_address_rests_when_the_service_names_no_mail_of_it(told, named):
    by = subscribe("bob@example.com", "kitchen/kettle")
    if named == "another":
        named = str(sent(told(), address="bob@example.com", subscription=by).pk)

    report("unsubscribed", metadata={tracking.METADATA: named} if named else None)

    assert resting() == ["ann@example.com"]
    assert Subscription.objects.filter(pk=by.pk).exists()
