"""A user's own subscriptions, as pages and scripts show them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission

from realtime_notify import subscribe
from realtime_notify.models import NotificationType
from realtime_notify.subscriptions import self_service
from realtime_notify.subscriptions.listing import listed
from tests.blog.models import Document, Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def post(db: None) -> Post:
    return Post.objects.create(title="Spring menu")


def test_a_list_of_subscriptions_takes_the_same_few_queries(
    alice: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        post = Post.objects.create(title=f"Post {number}")
        document = Document.objects.create(title=f"Document {number}")
        subscribe(alice, "blog/new", post, filters={"room": number}, media=["email"])
        subscribe(alice, "blog/new", document)

    with django_assert_max_num_queries(7):
        rows = listed(alice)["subscriptions"]

    assert len(rows) == 40
    targets = [row["target"] for row in rows]
    assert targets[0]
    assert targets[0]["text"] == "Document 19"
    assert targets[1]
    assert targets[1]["url"] == f"/posts/{Post.objects.latest('pk').pk}/"
    assert (rows[1]["filters"], rows[1]["media"]) == ({"room": "19"}, ["email"])


def test_a_list_of_subscriptions_has_pages(alice: Any, bob: Any) -> None:
    for number in range(5):
        subscribe(alice, f"blog/{number}")
    subscribe(bob, "blog/9")

    first = listed(alice, limit=3)
    second = listed(alice, limit=3, before=first["next"])

    keys = [one["key"] for page in (first, second) for one in page["subscriptions"]]
    assert keys == [f"blog/{number}" for number in (4, 3, 2, 1, 0)]
    assert second["next"] is None


def test_the_target_of_a_subscription_may_be_gone(alice: Any, post: Post) -> None:
    subscribe(alice, "blog/new", post)
    pk = post.pk
    Post.objects.all()._raw_delete(Post.objects.db)

    (one,) = listed(alice)["subscriptions"]

    assert one["target"] == {"text": "", "url": "", "type": "blog.post", "id": str(pk)}


def test_the_name_of_a_target_is_told_as_long_as_it_may_be_viewed(alice: Any, post: Post) -> None:
    NotificationType.objects.create(key="blog/new", self_service=True)
    alice.user_permissions.add(
        Permission.objects.get(codename="view_post", content_type__app_label="blog")
    )
    self_service.subscribe(alice, key="blog/new", target=f"blog.post:{post.pk}")
    (before,) = listed(alice)["subscriptions"]
    alice.user_permissions.clear()

    (after,) = listed(alice.pk)["subscriptions"]

    hidden = {"text": "", "url": "", "type": "blog.post", "id": str(post.pk)}
    assert before["target"] == {**hidden, "text": str(post), "url": f"/posts/{post.pk}/"}
    assert after["target"] == hidden


def test_the_name_of_a_target_is_told_of_what_the_site_has_subscribed_somebody_to(
    alice: Any, post: Post
) -> None:
    subscribe(alice, "blog/new", post)

    (one,) = listed(alice)["subscriptions"]

    assert one["target"]
    assert one["target"]["text"] == str(post)
