"""Where the objects of a notification are to be seen."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from realtime_notify import notify
from realtime_notify.links import object_url
from realtime_notify.models import Notification
from tests.blog.models import Draft, Post

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(alice, deliver_notifications):
    """Notify Alice, and return her notification."""

    def told(**kwargs):
        event = notify("Hello", "a", recipients=[alice], **kwargs)
        deliver_notifications()
        return Notification.objects.get(event=event)

    return told


def test_an_object_says_its_address_for_notifications(alice, rf):
    url = object_url(Draft(pk=1), Notification(user=alice), rf.get("/", {"tab": "new"}))

    assert url == "/for/alice/new/"


def test_an_object_without_that_says_its_absolute_address():
    assert object_url(Post(pk=7)) == Post(pk=7).get_absolute_url()


def test_an_object_may_have_no_address_and_may_be_missing():
    assert object_url(Group(pk=7)) is None
    assert object_url(None) is None


def test_without_a_notification_an_object_has_its_absolute_url():
    assert object_url(Draft(pk=7)) == Post(pk=7).get_absolute_url()


def test_a_url_method_that_fails_is_logged_and_costs_the_url_alone(alice, caplog):
    assert object_url(Draft(pk=1), Notification(user=alice)) is None

    assert "The URL method of Draft 1 failed" in caplog.text


def test_the_address_of_an_object_that_is_gone_is_that_of_old(told):
    post = Post.objects.create(title="Soup")
    row = told(target_object=post)
    url = post.get_absolute_url()
    post.delete()

    row = Notification.objects.get(pk=row.pk)

    assert row.url_of("target") == url
    assert row.url_of("actor") is None
