"""Imports from django-object-events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from realtime_notify.models import Event, Notification, NotificationType
from tests.blog.models import Post
from tests.importing.inboxes import at, items, kind, messages
from tests.importing.old_tables import OeEvent, OeType

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

Import = Callable[..., str]


def event(user: Any, title: str, minutes: float = 1, **columns: Any) -> Any:
    for name, prefix in (("attached_to", ""), ("made", "event_")):
        if (one := columns.pop(name, None)) is not None:
            columns[f"{prefix}content_type_id"] = kind(type(one))
            columns[f"{prefix}object_id"] = one.pk
    return OeEvent.objects.create(
        user_id=user and user.pk,
        event_type_id=OeType.objects.get_or_create(title=title)[0].pk,
        creation_date=at(minutes),
        **columns,
    )


def test_an_event_is_a_notification_of_its_user(importing: Import, alice: Any) -> None:
    post, comment = Post.objects.create(title="Spring"), Post.objects.create(title="Nice!")
    event(alice, "comment", attached_to=post, made=comment, additional_text="(Comment posted)")

    importing("object_events")

    (item,) = items(alice)
    assert (item["key"], item["message"]) == ("comment", "(Comment posted)")
    assert item["target"]["text"] == "Spring"
    assert item["action_object"]["text"] == "Nice!"
    assert item["url"] == comment.get_absolute_url()
    assert NotificationType.objects.get().label == "comment"


def test_without_a_text_the_message_is_the_object(importing: Import, alice: Any) -> None:
    event(alice, "comment", 1, attached_to=Post.objects.create(title="Spring"))
    event(alice, "hello", 2)

    importing("object_events")

    assert messages(alice) == ["Spring", "hello"]


def test_notifications_keep_their_state(importing: Import, alice: Any) -> None:
    event(alice, "a", 1, read_by_user=True)
    event(alice, "a", 2, email_sent=True)

    importing("object_events")

    assert [item["read"] for item in items(alice)] == [True, False]
    rows = Notification.objects.order_by("seq")
    assert [row.emailed_at for row in rows] == [None, at(2)]


def test_rows_of_many_users_become_one_event(importing: Import, users: Any) -> None:
    post = Post.objects.create(title="Spring")
    for user in users(3):
        event(user, "comment", attached_to=post)

    importing("object_events")

    assert Event.objects.count() == 1
    assert Notification.objects.count() == 3


def test_events_without_user_or_known_model_are_counted(importing: Import, alice: Any) -> None:
    nobody = event(None, "a")
    lost = event(alice, "a", content_type_id=4711, object_id=1)

    printed = importing("object_events")

    assert f"notifications: 1 x has no user (such as {nobody.pk})" in printed
    assert f"the target's model is not in this project (such as {lost.pk})" in printed


def test_an_import_can_be_repeated(importing: Import, alice: Any) -> None:
    event(alice, "a")
    importing("object_events")

    assert "notifications: 0 new, 1 already here" in importing("object_events")
