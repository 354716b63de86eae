"""Reading an inbox: pages, counters, and what changed since."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from realtime_notify import mark_read
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.inbox import counts, page, reading
from realtime_notify.models import NotificationType, TypeGroup
from realtime_notify.wire import encoding
from realtime_notify.wire.protocol import MAX_ANSWER_BYTES
from tests.blog.models import Document, Post
from tests.inbox.conftest import ids

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


# Pages


def test_pages_walk_the_inbox_newest_first(alice, fill_ids):
    made = fill_ids(alice, 5)

    first = page(alice, limit=2)
    second = page(alice, limit=2, before=first["next"])
    last = page(alice, limit=2, before=second["next"])

    assert ids(first) + ids(second) + ids(last) == made[::-1]
    assert last["next"] is None
    assert first["rev"] == 5


def test_a_page_may_hold_the_unread_ones_only(alice, fill_ids):
    made = fill_ids(alice, 3)
    mark_read(alice, ids=[made[1]])

    assert ids(page(alice, unread=True)) == [made[2], made[0]]


@pytest.fixture
def fill_group(alice, send):
    """Send Alice events of types in the group "blog", or of another one, and return the ids."""
    blog = TypeGroup.objects.create(name="blog")

    def fill(*keys):
        for key in keys:
            NotificationType.objects.get_or_create(
                key=key, defaults={"group": blog if key.startswith("blog/") else None}
            )
        events = [
            send(f"Number {place}", key, recipients=[alice]) for place, key in enumerate(keys)
        ]
        return [event.notifications.get().pk for event in events]

    return fill


def test_a_page_may_hold_one_type_group(alice, fill_group):
    posts = fill_group("blog/new", "blog/new", "blog/gone")
    other = fill_group("other")

    first = page(alice, group="blog", limit=2)
    second = page(alice, group="blog", limit=2, before=first["next"])

    assert ids(first) + ids(second) == posts[::-1]
    assert second["next"] is None
    assert {item["group"] for item in first["put"]} == {"blog"}
    assert ids(page(alice, group="")) == other
    assert ids(page(alice, group="nothing")) == []


def test_a_page_of_a_group_looks_at_so_many_rows_and_leads_on(alice, fill_group, monkeypatch):
    monkeypatch.setattr(reading, "GROUP_SCAN", 3)
    post, *_ = fill_group("blog/new", *["other"] * 5)

    first = page(alice, group="blog")
    second = page(alice, group="blog", before=first["next"])

    assert ids(first) == []
    assert ids(second) == [post]
    assert page(alice, group="blog", before=second["next"])["next"] is None


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 101}, {"before": "x"}, {"before": ""}])
def test_a_malformed_page_request_is_refused(alice, wrong):
    with pytest.raises(InvalidRequest):
        page(alice, **wrong)


def test_a_page_holds_no_more_than_servers_send_and_the_next_goes_on(alice, fill_ids):
    made = fill_ids(alice, 30, description="ü" * 9_000, data=["€" * 10_000])

    frames = [page(alice, limit=100)]
    while frames[-1]["next"]:
        frames.append(page(alice, limit=100, before=frames[-1]["next"]))

    assert [pk for frame in frames for pk in ids(frame)] == made[::-1]
    sizes = [len(encoding.encode(frame).encode()) for frame in frames]
    assert max(sizes) <= MAX_ANSWER_BYTES
    assert len(frames) == 3


def test_a_page_of_twenty_with_three_generic_objects_each_takes_few_queries(alice, bob, fill_ids):
    for number in range(20):
        fill_ids(
            alice,
            target_object=Post.objects.create(title=f"{number}"),
            action_object=Document.objects.create(title=f"{number}"),
            actor=bob,
        )

    with CaptureQueriesContext(connection) as queries:
        shown = page(alice, limit=20)["put"]

    assert len(queries) <= 6
    assert len(shown) == 20
    assert shown[0]["target"]["type"] == "blog.post"
    assert shown[0]["action_object"]["text"] == "19"
    assert shown[0]["actor"]["id"] == str(bob.pk)


def test_the_counters_cost_one_query_whatever_the_inbox_holds(alice, fill_ids):
    fill_ids(alice, 30)

    with CaptureQueriesContext(connection) as queries:
        assert counts(alice)["unread"] == 30

    assert len(queries) == 1
