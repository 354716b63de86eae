"""Items: notifications as browsers get them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from realtime_notify import archive, mark_read
from realtime_notify.inbox import items
from realtime_notify.models import Notification
from tests.blog.models import Document, Post

pytestmark = pytest.mark.django_db


def fetched(notification):
    return Notification.objects.select_related("event").get(pk=notification.pk)


def test_an_item_holds_the_state_of_its_notification(alice, fill):
    (row,) = fill(alice)
    mark_read(alice, ids=[row.pk])
    archive(alice, ids=[row.pk])

    item = items.item(fetched(row), seen=0)

    assert (item["id"], item["seq"], item["rev"]) == (row.pk, row.seq, row.rev + 2)
    assert (item["read"], item["archived"]) == (True, True)
    assert (item["seen"], item["deleted"], item["snoozed"]) == (False, False, False)


def test_an_item_is_seen_up_to_the_mark_of_its_inbox(alice, fill):
    first, second = fill(alice, count=2)

    seen = [items.item(fetched(row), seen=first.seq)["seen"] for row in (first, second)]

    assert seen == [True, False]


def test_an_item_describes_the_objects_of_its_event(alice, bob, send):
    document = Document.objects.create(title="The document")

    event = send("Hello", "a", recipients=[alice], actor=bob, action_object=document)

    fields = items.event_fields(event)
    assert fields["action_object"] == {
        "text": "The document",
        "url": f"/documents/{document.pk}/",
        "type": "blog.document",
        "id": str(document.pk),
    }
    assert fields["actor"]["text"] == "bob"
    assert fields["target"] is None


def test_an_item_still_describes_a_deleted_object(alice, send):
    post = Post.objects.create(title="Soup")
    event = send("Hello", "a", post, recipients=[alice])
    pk = str(post.pk)
    post.delete()
    event.refresh_from_db()

    target = items.event_fields(event)["target"]

    assert (target["text"], target["type"], target["id"]) == ("Soup", "blog.post", pk)


def test_the_shared_body_is_the_event_without_its_braces(alice, send):
    event = send('Say "hi"', "a", recipients=[alice], data={"deep": [None]})

    assert json.loads("{" + items.event_body(event) + "}") == items.event_fields(event)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC),
        datetime(2026, 1, 2, 5, 4, 5, 678_901, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_a_timestamp_is_in_utc_with_milliseconds(moment):
    assert items.timestamp(moment) == "2026-01-02T03:04:05.678Z"
