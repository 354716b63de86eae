from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from realtime_notify import (
    ais_subscribed,
    asubscribe,
    aunsubscribe,
    is_subscribed,
    notify,
    subscribe,
    unsubscribe,
)
from realtime_notify.exceptions import InvalidKey, InvalidRecipient, InvalidTarget
from realtime_notify.models import Notification, NotificationType, Subscription
from realtime_notify.subscriptions import keys_of
from tests.blog.models import Document, Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_subscribing_makes_the_type_and_is_exact_about_the_target(alice):
    post = Post.objects.create(title="1")

    subscribe(alice, "comment", post)

    assert NotificationType.objects.get().key == "comment"
    assert is_subscribed(alice, "comment", post)
    assert not is_subscribed(alice, "comment")
    assert not is_subscribed(alice, "comment", Post.objects.create(title="2"))
    assert not is_subscribed(alice, "comment/other", post)


def test_subscribing_twice_is_the_same_as_once(alice):
    document = Document.objects.create(title="1")

    assert subscribe(alice, "comment") == subscribe(alice, "comment")
    assert subscribe(alice, "comment", document) == subscribe(alice, "comment", document)
    assert Subscription.objects.count() == 2


def test_the_database_itself_holds_one_row_per_interest(alice):
    subscription = subscribe(alice, "comment")
    subscription.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        subscription.save(force_insert=True)


def test_unsubscribing_ends_that_interest_and_no_other(alice, bob):
    post = Post.objects.create(title="1")
    for user in (alice, bob):
        subscribe(user, "a")
        subscribe(user, "b")
        subscribe(user, "a", post)

    assert unsubscribe(alice, "a") == 1

    assert not is_subscribed(alice, "a")
    assert is_subscribed(alice, "b")
    assert is_subscribed(alice, "a", post)
    assert is_subscribed(bob, "a")
    assert unsubscribe(alice, "a") == 0


def test_what_was_delivered_outlives_the_subscription(alice, django_capture_on_commit_callbacks):
    subscription = subscribe(alice, "a")
    with django_capture_on_commit_callbacks(execute=True):
        notify("Hello", "a")
    assert Notification.objects.get().subscription == subscription

    unsubscribe(alice, "a")

    assert Notification.objects.get().subscription is None


def test_the_keys_of_a_user_are_told_once_each(alice, bob):
    subscribe(alice, "a", Post.objects.create(title="1"))
    subscribe(alice, "a")
    subscribe(alice, "b")
    subscribe(bob, "c")

    assert sorted(keys_of(alice.pk)) == ["a", "b"]


@pytest.mark.parametrize("verb", [subscribe, unsubscribe, is_subscribed])
def test_bad_arguments_are_refused_by_name(alice, verb):
    with pytest.raises(InvalidRecipient, match="is not a saved user"):
        verb(AnonymousUser(), "a")
    with pytest.raises(InvalidKey, match="with space"):
        verb(alice, "with space")
    with pytest.raises(InvalidTarget, match="is not a saved model instance"):
        verb(alice, "a", Post(title="unsaved"))
    with pytest.raises(InvalidTarget, match="'post 5'"):
        verb(alice, "a", "post 5")


@pytest.mark.django_db(transaction=True)
async def test_every_verb_has_an_async_twin(users):
    from asgiref.sync import sync_to_async

    (alice,) = await sync_to_async(users)("alice")

    await asubscribe(alice, "a")

    assert await ais_subscribed(alice, "a")
    assert await aunsubscribe(alice, "a") == 1
    assert not await ais_subscribed(alice, "a")
