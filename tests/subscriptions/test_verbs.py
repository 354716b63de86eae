from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from realtime_notify import (
    ais_subscribed,
    asubscribe,
    audience,
    aunsubscribe,
    is_subscribed,
    notify,
    subscribe,
    subscriptions,
    unsubscribe,
)
from realtime_notify.exceptions import (
    InvalidKey,
    InvalidMedium,
    InvalidRecipient,
    InvalidRequest,
    InvalidTarget,
)
from realtime_notify.models import Notification, NotificationType, Subscription
from realtime_notify.subscriptions import claim
from tests.blog.models import Company, Document, Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_subscribing_creates_the_type_and_matches_only_that_target(alice):
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


def test_the_database_refuses_a_duplicate_subscription(alice):
    subscription = subscribe(alice, "comment")
    subscription.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        subscription.save(force_insert=True)


def test_unsubscribing_ends_only_that_subscription(alice, bob):
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


def test_a_notification_outlives_its_subscription(alice, django_capture_on_commit_callbacks):
    subscription = subscribe(alice, "a")
    with django_capture_on_commit_callbacks(execute=True):
        notify("Hello", "a")
    assert Notification.objects.get().subscription == subscription

    unsubscribe(alice, "a")

    assert Notification.objects.get().subscription is None


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


# Other subscribers, and the options of a subscription


def test_an_e_mail_address_subscribes_whatever_its_case(alice):
    assert subscribe("Ann@Example.com", "a") == subscribe("ann@example.com ", "a")
    assert is_subscribed("ANN@example.com", "a")
    assert not is_subscribed(alice, "a")
    with pytest.raises(InvalidRecipient, match="not an e-mail address"):
        subscribe("nobody", "a")


def test_subscriptions_with_different_filters_are_separate(alice):
    subscribe(alice, "a", filters={"language": "da"})

    assert is_subscribed(alice, "a", filters={"language": "da"})
    assert not is_subscribed(alice, "a")
    assert not is_subscribed(alice, "a", filters={"language": "en"})
    assert not is_subscribed(alice, "a", filters={"language": "da", "colour": "red"})
    assert unsubscribe(alice, "a") == 0
    assert unsubscribe(alice, "a", filters={"language": "da"}) == 1


def test_unsubscribing_the_type_leaves_the_targets(alice):
    post = Post.objects.create(title="1")
    subscribe(alice, "a")
    subscribe(alice, "a", post)

    unsubscribe(alice, "a")

    assert is_subscribed(alice, "a", post)


def test_subscribing_again_replaces_the_options(alice):
    first = subscribe(alice, "a", media=["email"], only_following=True)
    again = subscribe(alice, "a", media=["inbox"])

    assert first == again
    assert [one.name for one in again.media.all()] == ["inbox"]
    again.refresh_from_db()
    assert again.only_following is False
    assert [one.name for one in subscribe(alice, "a").media.all()] == ["inbox"]


def test_an_unknown_medium_is_refused_and_nothing_is_written(alice):
    with pytest.raises(InvalidMedium, match="no medium 'pigeon'"):
        subscribe(alice, "a", media=["inbox", "pigeon"])

    assert not Subscription.objects.exists()


def test_a_backfilled_subscription_includes_earlier_events(alice, bob):
    event = notify("Earlier", "a")
    subscribe(alice, "a")
    subscribe(bob, "a", backfill=True)

    assert list(audience.events_for(alice.pk)) == []
    assert list(audience.events_for(bob.pk)) == [event]


def test_a_user_claims_what_their_address_subscribed_to(alice, bob):
    post = Post.objects.create(title="1")
    subscribe(alice.email.upper(), "a", filters={"language": "da"})
    subscribe(alice.email, "b", post)
    subscribe(alice, "b", post)
    subscribe(bob.email, "a")

    assert claim(alice) == 1

    assert is_subscribed(alice, "a", filters={"language": "da"})
    assert not is_subscribed(alice.email, "b", post)
    assert Subscription.objects.filter(user=alice).count() == 2
    assert is_subscribed(bob.email, "a")
    assert claim(alice) == 0


def test_a_user_in_the_audience_is_not_also_reached_by_e_mail_address(alice, bob):
    subscribe(alice, "a")
    subscribe(alice.email, "a")
    subscribe("stranger@example.com", "a")

    event = notify("Hello", "a")

    assert audience.email_addresses(event, "email") == ["stranger@example.com"]


def test_the_database_requires_exactly_one_subscriber(alice):
    kind = NotificationType.objects.create(key="a")

    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(type=kind, identity="1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(type=kind, user=alice, email="a@example.com", identity="2")


def test_deleting_a_subscriber_deletes_their_subscriptions(alice, bob):
    cooks = Group.objects.create(name="cooks")
    subscribe(alice, "comment")
    subscribe(cooks, "comment")
    his = subscribe(bob, "comment")

    alice.delete()
    ContentType.objects.get_for_model(Group).delete()
    ContentType.objects.clear_cache()

    assert list(Subscription.objects.all()) == [his]


@pytest.mark.parametrize("media", ["newsfeed", 5])
def test_media_that_are_no_list_of_names_are_refused(alice, media):
    with pytest.raises(InvalidMedium, match="media= must be a list of names"):
        subscribe(alice, "comment", media=media)


@pytest.mark.parametrize("backfill", ["2020-01-01", 5])
def test_a_backfill_that_is_no_moment_is_refused(alice, backfill):
    with pytest.raises(InvalidRequest, match="backfill= must be"):
        subscribe(alice, "comment", backfill=backfill)


def test_a_backfill_without_time_zone_is_one_of_the_project(alice):
    subscription = subscribe(alice, "comment", backfill=datetime(2020, 1, 1))  # noqa: DTZ001

    subscription.refresh_from_db()
    assert subscription.since == datetime(2019, 12, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize("role", ["r" * 65, "r\x00"])
def test_a_role_that_cannot_be_stored_is_refused(role):
    company = Company.objects.create(name="c")

    with pytest.raises(InvalidRecipient, match="role="):
        subscribe(company, "comment", role=role)


def test_ending_many_subscriptions_asks_as_often_as_ending_one(users, commit):
    people = users(21)
    pks = [subscribe(person, "a").pk for person in people]

    def queries(some):
        with CaptureQueriesContext(connection) as asked, commit():
            subscriptions.end(some)
        return len(asked)

    assert queries(pks[:1]) == queries(pks[1:])


def test_sockets_keep_the_keys_that_are_still_subscribed_to(alice, users, commit, pushed):
    bob, carol = users("bob", "carol")
    cooks = Group.objects.create(name="cooks")
    carol.groups.add(cooks)
    subscribe(cooks, "a")
    subscribe(bob, "a", cooks)
    ended = [subscribe(person, "a").pk for person in (alice, bob, carol)]
    pushed.clear()

    with commit():
        subscriptions.end(ended)

    assert [(message["user"], message["drop"]) for message in pushed] == [(str(alice.pk), ["a"])]
