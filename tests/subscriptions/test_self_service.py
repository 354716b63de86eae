"""Self-service: which subscriptions users can begin and end themselves."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission

from realtime_notify import is_subscribed, subscribe
from realtime_notify.commands import COMMANDS, perform
from realtime_notify.exceptions import InvalidRequest, NotAllowed, TooMany
from realtime_notify.models import NotificationType, Subscription
from realtime_notify.subscriptions.self_service import leave
from tests.blog.models import Document, Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def news(db: None) -> NotificationType:
    """A type that is offered to everybody."""
    return NotificationType.objects.create(key="blog/new", label="News", self_service=True)


@pytest.fixture
def post(db: None) -> Post:
    return Post.objects.create(title="Spring menu")


def grant(user: Any, codename: str) -> Any:
    """Give somebody a permission, and return them as a new request knows them."""
    user.user_permissions.add(
        Permission.objects.get(codename=codename, content_type__app_label="blog")
    )
    return type(user)._default_manager.get(pk=user.pk)


def authors_only(user: Any, kind: NotificationType, target: Any) -> bool:
    """A policy of a project's own."""
    return getattr(target, "title", "") == f"By {user}"


def test_a_user_subscribes_to_an_offered_type_and_unsubscribes(alice: Any, news: Any) -> None:
    begun = perform(alice, "subscribe", {"key": "blog/new"})
    assert is_subscribed(alice, "blog/new")
    ended = perform(alice.pk, "unsubscribe", {"key": "blog/new"})

    assert begun == {"rev": 0, "from": 0, "unread": 0, "unseen": 0, "subscribed": True}
    assert ended == {**begun, "subscribed": False}
    assert not is_subscribed(alice, "blog/new")


def test_subscribing_twice_is_the_same_as_once(alice: Any, news: Any) -> None:
    for _again in range(2):
        perform(alice, "subscribe", {"key": "blog/new"})

    assert Subscription.objects.count() == 1


def test_subscribing_again_reactivates_an_inactive_subscription(alice: Any, news: Any) -> None:
    subscribe(alice, "blog/new")
    Subscription.objects.update(active=False)

    perform(alice, "subscribe", {"key": "blog/new"})

    assert Subscription.objects.get().active


def test_a_type_that_is_not_for_self_service_is_refused(alice: Any, news: Any) -> None:
    NotificationType.objects.update(self_service=False)

    for verb in ("subscribe", "unsubscribe"):
        with pytest.raises(NotAllowed):
            perform(alice, verb, {"key": "blog/new"})
    assert not Subscription.objects.exists()


def test_subscribing_to_an_unknown_type_does_not_create_it(alice: Any) -> None:
    with pytest.raises(NotAllowed):
        perform(alice, "subscribe", {"key": "blog/unknown"})

    assert not NotificationType.objects.exists()


@pytest.mark.parametrize("key", ["with space", "ø", "nul\x00"])
def test_an_invalid_key_is_an_invalid_request(alice: Any, key: str) -> None:
    with pytest.raises(InvalidRequest):
        perform(alice, "subscribe", {"key": key})


def test_a_target_needs_the_permission_to_view_it(alice: Any, news: Any, post: Post) -> None:
    target = f"blog.post:{post.pk}"
    with pytest.raises(NotAllowed):
        perform(alice, "subscribe", {"key": "blog/new", "target": target})
    alice = grant(alice, "view_post")

    perform(alice, "subscribe", {"key": "blog/new", "target": target})

    assert is_subscribed(alice, "blog/new", post)
    assert not is_subscribed(alice, "blog/new")


def test_the_refusal_is_the_same_whether_the_object_exists_or_not(
    alice: Any, news: Any, post: Post
) -> None:
    secret = Document.objects.create(title="Secret")
    NotificationType.objects.create(key="staff/only")
    asked: list[dict[str, Any]] = [
        {"key": "blog/new", "target": f"blog.post:{post.pk}"},
        {"key": "blog/new", "target": "blog.post:999999"},
        {"key": "blog/new", "target": "blog.post:no-number"},
        {"key": "blog/new", "target": f"blog.post:{'9' * 100}"},
        {"key": "blog/new", "target": "blog.post:1\x00"},
        {"key": "blog/new", "target": f"blog.document:{secret.pk}"},
        {"key": "blog/new", "target": "blog.document:no-uuid"},
        {"key": "blog/new", "target": "blog.nothing:1"},
        {"key": "blog/new", "target": "nowhere.nothing:1"},
        {"key": "staff/only"},
        {"key": "no/such"},
        {"key": "no/such", "target": f"blog.post:{post.pk}"},
    ]
    said = set()
    for arguments in asked:
        with pytest.raises(NotAllowed) as caught:
            perform(alice, "subscribe", arguments)
        said.add(str(caught.value))

    assert len(said) == 1
    assert not Subscription.objects.exists()


def test_unsubscribing_does_not_disclose_which_objects_exist(
    alice: Any, news: Any, post: Post
) -> None:
    answers = [
        perform(alice, "unsubscribe", {"key": "blog/new", "target": target})
        for target in (f"blog.post:{post.pk}", "blog.post:9", "blog.post:x", "no.model:1")
    ]

    assert answers == [{"rev": 0, "from": 0, "unread": 0, "unseen": 0, "subscribed": False}] * 4


@pytest.mark.parametrize("pk", ["\x00", "1\x00", "\ud800"])
def test_a_target_that_no_database_can_hold_is_not_subscribed_to(
    alice: Any, news: Any, post: Post, pk: str
) -> None:
    subscribe(alice, "blog/new", post)

    answer = perform(alice, "unsubscribe", {"key": "blog/new", "target": f"blog.post:{pk}"})

    assert answer["subscribed"] is False
    assert is_subscribed(alice, "blog/new", post)


def test_a_type_of_one_model_takes_no_target_of_another(alice: Any, news: Any) -> None:
    from django.contrib.contenttypes.models import ContentType

    document = Document.objects.create(title="A document")
    alice = grant(alice, "view_document")
    news.content_type = ContentType.objects.get_for_model(Post)
    news.save()

    with pytest.raises(NotAllowed):
        perform(alice, "subscribe", {"key": "blog/new", "target": f"blog.document:{document.pk}"})


def test_the_same_primary_key_of_another_model_is_another_target(
    alice: Any, news: Any, post: Post
) -> None:
    subscribe(alice, "blog/new", post)

    perform(
        alice, "unsubscribe", {"key": "blog/new", "target": f"contenttypes.contenttype:{post.pk}"}
    )

    assert is_subscribed(alice, "blog/new", post)


def test_a_subscription_to_a_deleted_target_can_be_ended(alice: Any, news: Any, post: Post) -> None:
    target = f"blog.post:{post.pk}"
    subscribe(alice, "blog/new", post)
    subscribe(alice, "blog/new")
    Post.objects.all().delete()

    perform(alice, "unsubscribe", {"key": "blog/new", "target": target})

    assert [one.target_id for one in Subscription.objects.all()] == [""]


def test_unsubscribing_leaves_subscriptions_with_filters(alice: Any, news: Any) -> None:
    subscribe(alice, "blog/new", filters={"room": "kitchen"})

    perform(alice, "unsubscribe", {"key": "blog/new"})

    assert Subscription.objects.count() == 1


def test_a_projects_own_policy_decides_alone(alice: Any, news: Any, settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"SELF_SERVICE": f"{__name__}.authors_only"}
    NotificationType.objects.update(self_service=False)
    hers, his = (Post.objects.create(title=f"By {name}") for name in ("alice", "bob"))

    perform(alice, "subscribe", {"key": "blog/new", "target": f"blog.post:{hers.pk}"})
    with pytest.raises(NotAllowed):
        perform(alice, "subscribe", {"key": "blog/new", "target": f"blog.post:{his.pk}"})
    with pytest.raises(NotAllowed):
        perform(alice, "subscribe", {"key": "blog/new"})

    assert [one.target for one in Subscription.objects.all()] == [hers]


def test_a_deleted_user_is_refused(news: Any) -> None:
    from django.contrib.auth import get_user_model

    gone = get_user_model()._default_manager.create(username="gone")
    pk = gone.pk
    gone.delete()

    with pytest.raises(NotAllowed):
        perform(pk, "subscribe", {"key": "blog/new"})


def test_users_can_leave_only_their_own_subscriptions(alice: Any, bob: Any, post: Post) -> None:
    hers, his = subscribe(alice, "staff/only", post), subscribe(bob, "staff/only", post)

    assert leave(alice, his.pk) is False
    assert leave(alice, hers.pk) is True
    assert leave(alice, hers.pk) is False
    assert list(Subscription.objects.all()) == [his]


def test_the_dispatcher_knows_every_verb() -> None:
    assert {"read", "page", "snooze", "subscribe", "unsubscribe"} <= COMMANDS.keys()


def test_a_user_may_begin_only_so_many_subscriptions(
    alice: Any, bob: Any, news: Any, settings: Any
) -> None:
    settings.REALTIME_NOTIFY = {"MAX_SUBSCRIPTIONS_PER_USER": 2}
    NotificationType.objects.create(key="blog/other", self_service=True)
    subscribe(alice, "blog/draft")
    perform(alice, "subscribe", {"key": "blog/new"})

    with pytest.raises(TooMany, match="You have 2 subscriptions already"):
        perform(alice, "subscribe", {"key": "blog/other"})

    assert not is_subscribed(alice, "blog/other")
    perform(alice, "subscribe", {"key": "blog/new"})  # has it already
    perform(bob, "subscribe", {"key": "blog/other"})
    subscribe(alice, "blog/other")  # code may


def test_without_a_limit_a_user_may_begin_any_number_of_subscriptions(
    alice: Any, news: Any, settings: Any
) -> None:
    settings.REALTIME_NOTIFY = {"MAX_SUBSCRIPTIONS_PER_USER": 0}

    assert perform(alice, "subscribe", {"key": "blog/new"})["subscribed"]
