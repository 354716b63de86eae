"""The URLs of the objects of a notification."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction

from realtime_notify import notify
from realtime_notify.links import object_url
from realtime_notify.models import Notification
from tests.blog.models import Draft, Post

pytestmark = pytest.mark.django_db


@pytest.fixture
def deliver(alice, deliver_notifications):
    """Notify Alice, and return her notification."""

    def deliver(**kwargs):
        event = notify("Hello", "a", recipients=[alice], **kwargs)
        deliver_notifications()
        return Notification.objects.get(event=event)

    return deliver


def test_an_object_can_have_a_url_of_its_own_for_notifications(alice, rf):
    url = object_url(Draft(pk=1), Notification(user=alice), rf.get("/", {"tab": "new"}))

    assert url == "/for/alice/new/"


def test_an_object_without_a_url_for_notifications_uses_its_absolute_url():
    assert object_url(Post(pk=7)) == Post(pk=7).get_absolute_url()


def test_without_an_object_or_a_url_method_there_is_no_url():
    assert object_url(Group(pk=7)) is None
    assert object_url(None) is None


def test_without_a_notification_an_object_uses_its_absolute_url():
    assert object_url(Draft(pk=7)) == Post(pk=7).get_absolute_url()


def test_a_failing_url_method_is_logged_and_yields_no_url(alice, caplog):
    assert object_url(Draft(pk=1), Notification(user=alice)) is None

    assert "The URL method of Draft 1 failed" in caplog.text


def test_the_url_of_a_deleted_object_is_the_stored_one(deliver):
    post = Post.objects.create(title="Soup")
    row = deliver(target_object=post)
    url = post.get_absolute_url()
    post.delete()

    row = Notification.objects.get(pk=row.pk)

    assert row.url_of("target") == url
    assert row.url_of("actor") is None


@pytest.mark.django_db(transaction=True)
def test_a_url_method_that_breaks_the_transaction_is_not_taken_for_no_url(alice, monkeypatch):
    def broken(self):
        Post.objects.extra(where=["no_such_column = 1"]).first()

    group = Group.objects.create(name="g")
    monkeypatch.setattr(Group, "get_absolute_url", broken, raising=False)

    assert object_url(group) is None

    breaks = connection.vendor == "postgresql"  # the others go on after a statement that failed
    raises = pytest.raises(DatabaseError, match="no_such_column") if breaks else nullcontext()
    with raises, transaction.atomic():
        assert object_url(group) is None
        notify("Hello", "a", recipients=[alice], target_object=group)
    assert Notification.objects.count() == (0 if breaks else 1)
