"""What went wrong in older systems, and is held by no other test: it must not come back here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from realtime_notify import notify, subscribe
from realtime_notify.models import (
    Event,
    Medium,
    Notification,
    NotificationType,
    Subscription,
)
from realtime_notify.subscriptions.optouts import opt_in, opt_out
from tests.blog.models import Post

pytestmark = pytest.mark.django_db


def test_erasing_the_latest_notification_leaves_its_subscription(alice: Any, commit: Any) -> None:
    with commit():
        subscribe(alice, "a")
        notify("Hello", "a")
    assert Notification.objects.get().subscription is not None

    Notification.objects.all().erase()

    assert Subscription.objects.count() == 1


def test_a_deleted_type_is_created_again_by_the_next_event(alice: Any, commit: Any) -> None:
    NotificationType.objects.for_key("a")
    NotificationType.objects.all().delete()

    with commit():
        notify("Hello", "a", recipients=alice)

    assert Notification.objects.get().event.type == NotificationType.objects.get(key="a")


def test_an_opt_out_takes_effect_for_a_medium_already_loaded(alice: Any) -> None:
    newsfeed = Medium.objects.create(name="newsfeed")
    subscribe(alice, "a", media=["newsfeed"])
    notify("Hello", "a")
    assert newsfeed.events_for(alice).count() == 1

    opt_out(alice, "a", medium="newsfeed")
    assert newsfeed.events_for(alice).count() == 0

    opt_in(alice, "a", medium="newsfeed")
    assert newsfeed.events_for(alice).count() == 1


def test_repeats_collapse_though_something_else_came_between(alice: Any, commit: Any) -> None:
    for message in ("A", "B", "A", "B"):
        with commit():
            notify(message, "a", recipients=alice)

    assert [row.occurrences for row in Notification.objects.all()] == [2, 2]


def test_an_event_is_stored_once_for_however_many_people(users: Any, commit: Any) -> None:
    with commit():
        notify("Hello", "a", recipients=users(20))

    assert (Event.objects.count(), Notification.objects.count()) == (1, 20)


def test_a_subscription_has_exactly_one_subscriber(alice: Any) -> None:
    kind = NotificationType.objects.for_key("a")
    for who in ({}, {"user": alice, "email": "alice@example.com"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Subscription.objects.create(type=kind, identity="x", **who)


def test_secrets_are_long_and_unique(users: Any) -> None:
    for user in users(10):
        subscribe(user, "a")

    secrets = set(Subscription.objects.values_list("secret", flat=True))

    assert len(secrets) == 10
    assert min(map(len, secrets)) >= 32


def test_a_medium_can_be_asked_for_what_came_after_it_was_made(alice: Any) -> None:
    subscribe(alice, "a", media=["email"], backfill=True)
    early = notify("Early", "a")
    Event.objects.filter(pk=early.pk).update(created=timezone.now() - timedelta(days=1))
    email = Medium.objects.get(name="email")
    late = notify("Late", "a")

    assert list(email.events_for(alice, start_time=email.created)) == [late]


def test_the_target_of_a_subscription_is_none_when_it_was_deleted(alice: Any) -> None:
    post = Post.objects.create(title="Spring")
    made = subscribe(alice, "a", post)
    assert made.target == post

    post.delete()

    assert Subscription.objects.get().target is None
