"""Subscriptions and opt-outs of an object that is deleted."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from realtime_notify import notify, subscribe
from realtime_notify.models import Notification, OptOut, Subscription, SubscriptionFilter
from realtime_notify.subscriptions.optouts import opt_out
from tests.forum.models import Forum, Post, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def watched(alice):
    """Two forums, each with a thread and a post, all of them watched and muted."""
    objects = []
    for name in ("cooking", "sewing"):
        forum = Forum.objects.create(name=name)
        thread = Thread.objects.create(forum=forum, title=name)
        objects += [forum, thread, Post.objects.create(thread=thread, text=name)]
    for one in objects:
        subscribe(alice, "a", one, filters={"language": "de"}, media=["inbox"])
        subscribe("somebody@example.com", "a", one)
        opt_out(alice, "b", one)
    subscribe(alice, "a")
    opt_out(alice, "b")
    return objects


def left(model):
    return sorted(str(row.target) for row in model.objects.exclude(target_type=None))


@pytest.mark.parametrize(
    "delete",
    [
        lambda forum: forum.delete(),
        lambda forum: Forum.objects.filter(pk=forum.pk).delete(),
        lambda forum: Forum.objects.exclude(pk="sewing").delete(),
    ],
)
def test_deleting_an_object_deletes_what_points_at_it_or_its_children(watched, delete):
    delete(watched[0])

    assert left(Subscription) == ["sewing"] * 6
    assert left(OptOut) == ["sewing"] * 3
    assert SubscriptionFilter.objects.count() == 3
    assert Subscription.objects.filter(target_type=None).count() == 1
    assert OptOut.objects.filter(target_type=None).count() == 1


@pytest.mark.parametrize("number", [1, 2])
def test_deleting_a_child_keeps_what_points_at_its_parents(watched, number):
    type(watched[number]).objects.filter(pk=watched[number].pk).delete()

    assert left(Subscription).count("cooking") == 2 * number
    assert left(OptOut).count("cooking") == number


def test_a_subscription_to_another_model_with_the_same_key_is_kept(alice):
    forum = Forum.objects.create(name="7")
    thread = Thread.objects.create(pk=7, forum=Forum.objects.create(name="other"), title="seven")
    subscribe(alice, "a", forum)
    subscribe(alice, "a", thread)

    forum.delete()

    assert [row.target for row in Subscription.objects.all()] == [thread]


def test_a_notification_outlives_its_target_and_keeps_its_text(
    alice, watched, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        notify("Hello", "a", watched[1], filters={"language": "de"})

    watched[1].delete()

    row = Notification.objects.get()
    assert row.subscription is None
    assert row.event.target_text == "cooking"


def test_deleting_many_objects_takes_as_many_queries_as_deleting_one(alice):
    def post(number):
        forum = Forum.objects.create(name=f"forum-{number}")
        thread = Thread.objects.create(forum=forum, title=str(number))
        subscribe(alice, "a", Post.objects.create(thread=thread, text=str(number)))

    def statements():
        with CaptureQueriesContext(connection) as caught:
            Post.objects.all().delete()
        return len(caught)

    post(0)
    one = statements()
    for number in range(1, 20):
        post(number)

    assert statements() == one
    assert not Subscription.objects.exists()


def test_an_object_lists_its_subscriptions_and_opt_outs(alice, watched):
    assert watched[1].watching.filter(user=alice).count() == 1
    assert watched[1].muting.get().user == alice
    assert {row.target for row in watched[2].watching.all()} == {watched[2]}
