"""Imports from django-notifications."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from realtime_notify import inbox
from realtime_notify.conf import settings as ours
from realtime_notify.models import Event, Notification
from tests.blog.models import Document, Post
from tests.importing.inboxes import at, items, kind, messages
from tests.importing.old_tables import HqNotification

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

Import = Callable[..., str]


def sent(to: Any, actor: Any, verb: str, minutes: float = 1, **columns: Any) -> Any:
    for name in ("target", "action_object"):
        if (one := columns.pop(name, None)) is not None:
            columns[f"{name}_content_type_id"] = kind(type(one))
            columns[f"{name}_object_id"] = str(one.pk)
    return HqNotification.objects.create(
        recipient_id=getattr(to, "pk", to),
        actor_content_type_id=kind(type(actor)),
        actor_object_id=str(actor.pk),
        verb=verb,
        timestamp=at(minutes),
        **columns,
    )


def test_a_notification_keeps_its_columns(importing: Import, alice: Any, bob: Any) -> None:
    post = Post.objects.create(title="Spring")
    document = Document.objects.create(title="Contract")
    sent(
        *(alice, bob, "attached"),
        action_object=document,
        target=post,
        level="warning",
        description="Look",
        public=False,
        data=json.dumps({"pages": 3}),
    )

    importing("notifications")

    (item,) = items(alice)
    assert item["message"] == "bob attached Contract on Spring"
    assert (item["verb"], item["level"], item["description"]) == ("attached", "warning", "Look")
    assert item["actor"] == {
        "text": "bob",
        "url": "",
        "type": get_user_model()._meta.label_lower,
        "id": str(bob.pk),
    }
    assert item["action_object"]["id"] == str(document.pk)
    assert item["target"]["url"] == post.get_absolute_url()
    assert item["data"] == {"pages": 3}
    assert item["created"] == "2020-03-01T12:01:00.250Z"
    event = Event.objects.get()
    assert (event.type_id, event.public, event.actor) == (ours.DEFAULT_KEY, False, bob)


def test_notifications_keep_their_state(importing: Import, alice: Any) -> None:
    sent(alice, alice, "left unread", 1)
    sent(alice, alice, "read", 2, unread=False, emailed=True)
    sent(alice, alice, "deleted", 3, deleted=True)

    importing("notifications")

    assert [item["read"] for item in items(alice)] == [False, True]
    assert inbox.counts(alice) == {"rev": 3, "unread": 1, "unseen": 1}
    rows = Notification.objects.order_by("seq")
    assert [row.read_at for row in rows] == [None, at(2), None]
    assert [row.deleted_at for row in rows] == [None, None, at(3)]
    assert [row.emailed_at for row in rows] == [None, at(2), None]


def test_rows_of_one_call_become_one_event(importing: Import, users: Any) -> None:
    people = users(4)
    for minutes in (1, 2):
        for user in people:
            sent(user, people[0], "waved", minutes)

    printed = importing("notifications", "--batch-size", "3")

    assert "events: 2 new" in printed
    assert "notifications: 8 new" in printed
    assert Event.objects.count() == 2


def test_a_recipient_named_twice_has_one_notification(
    importing: Import, alice: Any, bob: Any
) -> None:
    sent(alice, bob, "waved", unread=False)
    sent(alice, bob, "waved")

    printed = importing("notifications")

    (item,) = items(alice)
    assert item["read"] is False
    assert "notifications: 1 x merged with a copy for the same person" in printed


def test_a_verb_may_be_a_type(importing: Import, alice: Any, bob: Any) -> None:
    sent(alice, bob, "commented on", 1)
    sent(alice, bob, "waved", 2)

    importing("notifications", "--key", "commented on=comment/new")

    assert [item["key"] for item in items(alice)] == ["comment/new", ours.DEFAULT_KEY]


def test_an_object_that_is_gone_is_still_named(importing: Import, alice: Any) -> None:
    post = Post.objects.create(title="Spring")
    sent(alice, alice, "liked", target=post)
    post.delete()

    importing("notifications")

    assert messages(alice)[0].startswith("alice liked post ")


def test_a_reference_to_an_unknown_model_is_counted(importing: Import, alice: Any) -> None:
    row = sent(alice, alice, "liked", target_content_type_id=4711, target_object_id="1")

    printed = importing("notifications")

    assert messages(alice) == ["alice liked"]
    assert f"the target's model is not in this project (such as {row.pk})" in printed


def test_data_that_is_not_json_stays_a_text(importing: Import, alice: Any) -> None:
    sent(alice, alice, "waved", data="{'pages': 3}")

    importing("notifications")

    assert items(alice)[0]["data"] == "{'pages': 3}"


def test_a_table_of_another_name_can_be_imported(importing: Import, alice: Any) -> None:
    sent(alice, alice, "waved")

    importing(
        "notifications", "--prefix", "gone", "--table", "notification=notifications_notification"
    )

    assert messages(alice) == ["alice waved"]


def test_an_import_can_be_repeated(importing: Import, alice: Any) -> None:
    sent(alice, alice, "waved")
    importing("notifications")

    printed = importing("notifications")

    assert "notifications: 0 new, 1 already here" in printed
    assert Notification.objects.count() == Event.objects.count() == 1
