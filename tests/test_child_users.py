"""A child of the user model with a primary key of its own is the user that it inherits from."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.template import Context, Template

from realtime_notify import (
    audience,
    inbox,
    is_subscribed,
    mark_read,
    notify,
    opt_in,
    opt_out,
    subscribe,
    subscriptions,
    unread_count,
    unsubscribe,
)
from realtime_notify.models import DeliveryProfile, EventSeen, Inbox, Medium, OptOut, Subscription
from realtime_notify.subscriptions import listing, preferences, profiles, self_service
from realtime_notify.testing import capture
from tests.forum.models import Moderator

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def moderator(users: Any) -> Moderator:
    """A moderator whose number is no user's key, or another user's."""
    stranger, *_ = users("stranger", "bystander")
    number = stranger.pk if isinstance(stranger.pk, int) else 7
    made: Moderator = Moderator.objects.create(
        number=number, username="mod", email="mod@example.com"
    )
    return made


def parent(moderator: Moderator) -> Any:
    """Return the user that a moderator is."""
    return get_user_model()._default_manager.get(username=moderator.username)


@pytest.mark.parametrize(
    "recipients",
    [lambda mod: mod, lambda mod: [mod], lambda mod: Moderator.objects.all()],
    ids=["alone", "in a list", "in a queryset"],
)
def test_a_child_is_reached_and_excluded_as_the_user(moderator, send, recipients):
    send("Hello", "a", recipients=recipients(moderator))
    send("Nothing", "a", recipients=[parent(moderator)], exclude=recipients(moderator))

    assert list(Inbox.objects.values_list("user", "unread")) == [(parent(moderator).pk, 1)]


def test_the_inbox_of_a_child_is_that_of_the_user(moderator, send):
    send("Hello", "a", recipients=[parent(moderator)])

    assert unread_count(moderator) == 1
    assert len(inbox.page(moderator)["put"]) == len(inbox.sync(moderator)["put"]) == 1
    assert mark_read(moderator, upto=1)["unread"] == 0
    assert unread_count(parent(moderator)) == 0


def test_a_child_subscribes_and_opts_out_as_the_user(moderator):
    subscribe(moderator, "a")
    opt_out(moderator, "b")

    assert Subscription.objects.get().user == parent(moderator)
    assert OptOut.objects.get().user == parent(moderator)
    assert is_subscribed(parent(moderator), "a")
    assert subscriptions.is_opted_out(parent(moderator), "b")
    assert unsubscribe(parent(moderator), "a") == opt_in(parent(moderator), "b") == 1


def test_a_child_claims_the_subscriptions_of_its_address(moderator):
    subscribe("mod@example.com", "a")

    assert subscriptions.claim(moderator) == 1
    assert Subscription.objects.get().user == parent(moderator)


def test_the_preferences_of_a_child_are_those_of_the_user(moderator, settings):
    settings.REALTIME_NOTIFY = {"MEDIA": ("email",)}
    subscribe(parent(moderator), "a")
    opt_out(parent(moderator), "a", medium="email")

    assert preferences.preferences_of(moderator) == preferences.preferences_of(parent(moderator))
    preferences.save_opt_outs(moderator, key="a", opted_out=["inbox"])
    assert list(OptOut.objects.values_list("user", "medium")) == [(parent(moderator).pk, "inbox")]
    assert len(listing.listed(moderator)["subscriptions"]) == 1
    assert self_service.leave(moderator, Subscription.objects.get().pk)


def test_the_profiles_of_a_child_are_those_of_the_user(moderator):
    profiles.choose(moderator, interval=1440)

    assert DeliveryProfile.objects.get().user == parent(moderator)
    assert profiles.default_interval(moderator) == 1440
    assert profiles.default_interval(parent(moderator)) == 1440


def test_the_feed_of_a_child_is_that_of_the_user(moderator):
    newsfeed = Medium.objects.create(name="newsfeed")
    subscribe(parent(moderator), "a")
    event = notify("Hello", "a")

    assert list(newsfeed.events_for(moderator)) == [event]
    newsfeed.mark_seen([event], moderator)

    assert EventSeen.objects.get().person == str(parent(moderator).pk)
    assert list(newsfeed.events_for(parent(moderator), seen=False)) == []
    assert list(audience.events_for(parent(moderator).pk)) == [event]


def test_a_signed_in_child_sees_the_user_s_bell(moderator, send, rf):
    send("Hello", "a", recipients=[parent(moderator)])
    request = rf.get("/")
    request.user = moderator
    tags = "{% load realtime_notify %}{% notify_bell %}{% unread_count %}{% render_notifications %}"

    page = Template(tags).render(Context({"request": request}))

    assert f'user="{parent(moderator).pk}"' in page
    assert 'unread="1"' in page
    assert "Hello" in page


def test_the_test_tools_know_a_child_as_the_user(moderator):
    with capture() as captured:
        notify("Hello", "a", recipients=[moderator])

    assert len(captured.to(moderator)) == 1
