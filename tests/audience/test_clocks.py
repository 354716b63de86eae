"""Who was subscribed when an event happened, though the clocks of two hosts differ."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from realtime_notify import audience, notify, subscribe, unread_count
from realtime_notify.delivery import sweep
from realtime_notify.models import Event, Notification, Subscription

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture(params=["seconds ahead", "before summer time ended"])
def subscribe_by_a_wrong_clock(request, settings):
    """Subscribe on a host whose clock is ahead, or at an hour that is about to come again."""
    settings.USE_TZ = request.param == "seconds ahead"
    ahead = timedelta(seconds=30) if settings.USE_TZ else timedelta(hours=1)

    def subscribe_ahead(*args, **kwargs):
        made = subscribe(*args, **kwargs)
        Subscription.objects.filter(pk=made.pk).update(since=made.since + ahead)
        return made

    return subscribe_ahead


def reached(event):
    """Return the names of those whom an event reaches, by each of the readings."""
    members = {user.username for user in audience.members(event)}
    delivered = {
        row.user.username for row in Notification.objects.filter(event=event).select_related("user")
    }
    assert members == delivered
    return members


def test_who_subscribed_before_an_event_gets_it_whatever_the_clocks_say(
    alice, bob, send, subscribe_by_a_wrong_clock
):
    notify("Before", "news")
    subscribe_by_a_wrong_clock(alice, "news")
    event = send("After", "news")

    assert reached(event) == {"alice"}
    assert list(audience.events_for(alice.pk, "email")) == [event]


def test_who_subscribes_afterwards_does_not_get_it(alice, send, commit):
    subscribe(alice, "news")
    first = send("Before", "news", deliver_at=None)
    Notification.objects.all().erase()
    Subscription.objects.all().delete()
    subscribe(alice, "news")

    assert set(audience.members(first)) == set()
    assert list(audience.events_for(alice.pk, "email")) == []


def test_a_postponed_event_reaches_who_subscribed_meanwhile(
    alice, send, subscribe_by_a_wrong_clock
):
    event = send("Later", "news", deliver_at=timezone.now() + timedelta(minutes=10))
    subscribe(alice, "news")

    assert set(audience.members(event)) == {alice}


def test_a_chosen_moment_is_taken_at_its_word(alice, send):
    subscribe(alice, "news", backfill=timezone.now() + timedelta(seconds=30))
    event = send("Too soon", "news")

    assert reached(event) == set()
    assert list(audience.events_for(alice.pk, "email")) == []


def test_a_chosen_moment_replaces_what_an_earlier_call_noted(alice, send):
    subscribe(alice, "news")
    subscribe(alice, "news", backfill=timezone.now() + timedelta(seconds=30))

    assert reached(send("Too soon", "news")) == set()


def test_an_event_told_of_much_later_does_not_reach_new_subscribers(alice, send):
    subscribe(alice, "news")
    event = send("Told late", "news", deliver_at=None)
    Event.objects.filter(pk=event.pk).update(created=timezone.now() - timedelta(hours=3))
    event.refresh_from_db()

    assert set(audience.members(event)) == set()
    assert list(audience.events_for(alice.pk, "email")) == []


def test_an_event_is_due_at_once_though_its_hour_comes_again(alice, settings):
    settings.USE_TZ = False
    subscribe(alice, "news")
    event = notify("Hello", "news")

    an_hour_ago = timezone.now() - timedelta(hours=1)
    assert event.due_at <= an_hour_ago
    sweep()
    assert unread_count(alice) == 1
