from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from realtime_notify import anotify, audience, is_subscribed, notify, subscribe
from realtime_notify.delivery import sweep
from realtime_notify.exceptions import InvalidKey
from realtime_notify.models import Event, Notification, NotificationType
from tests.blog.models import Document, Post

pytestmark = pytest.mark.django_db


def test_the_event_stores_every_argument(alice, bob):
    post = Post.objects.create(title="The post")
    document = Document.objects.create(title="The document")

    made = notify(
        "Bob commented",
        "comment/new",
        post,
        "/somewhere/",
        actor=bob,
        verb="commented on",
        action_object=document,
        description="At length.",
        level="success",
        public=False,
        data={"k": [1, None, "ü"]},
        filters={"language": "da"},
        recipients=[alice],
    )

    event = Event.objects.get()
    assert event == made
    assert (event.message, event.description) == ("Bob commented", "At length.")
    assert (event.type.key, event.url, event.level) == ("comment/new", "/somewhere/", "success")
    assert (event.actor, event.verb, event.action_object) == (bob, "commented on", document)
    assert (event.target, event.target_text) == (post, "The post")
    assert event.target_url == f"/posts/{post.pk}/"
    assert event.action_object_id == str(document.pk)
    assert (event.data, event.filters) == ({"k": [1, None, "ü"]}, {"language": "da"})
    assert event.public is False


def test_an_event_keeps_the_text_of_a_deleted_target(alice):
    post = Post.objects.create(title="The post")
    notify("Hello", "comment", post)
    post.delete()

    event = Event.objects.get()

    assert event.target is None
    assert event.target_text == "The post"


def test_extra_actors_are_kept_in_their_order(alice, bob, carol):
    event = notify("Three did", "a", recipients=[], actor=alice, actors=[bob, carol])

    assert event.actor == alice
    assert [extra.actor for extra in event.extra_actors.all()] == [bob, carol]


def test_the_level_defaults_to_that_of_the_type(alice):
    NotificationType.objects.create(key="alarm", level="error")

    assert notify("Fire", "alarm", recipients=[]).level == "error"
    assert notify("Hello", "chat", recipients=[]).level == "info"


def test_nothing_is_pushed_before_the_commit_and_nothing_after_a_rollback(alice, commit, pushed):
    with commit():
        notify("Hello", "a", recipients=[alice])
        with pytest.raises(RuntimeError), transaction.atomic():
            notify("Never", "a", recipients=[alice])
            raise RuntimeError
        assert pushed == []

    (message,) = pushed
    assert message["to"][0].user == str(alice.pk)
    assert '"message":"Hello"' in message["body"]


def test_nothing_is_delivered_before_the_commit_and_all_of_it_after(alice, commit):
    with commit():
        event = notify("Hello", "a", recipients=[alice])
        assert not Notification.objects.exists()
        assert Event.objects.get().due_at is not None

    event.refresh_from_db()
    assert Notification.objects.get().user == alice
    assert event.delivered_at is not None
    assert event.due_at is None


def test_a_rollback_leaves_nothing_at_all(alice, commit):
    with commit() as callbacks, pytest.raises(RuntimeError), transaction.atomic():
        notify("Hello", "a", recipients=[alice])
        raise RuntimeError

    assert callbacks == []
    assert not Event.objects.exists()
    assert not Notification.objects.exists()


def test_a_dedupe_key_makes_the_second_call_a_no_op(alice, bob, commit):
    with commit():
        first = notify("Hello", "a", recipients=[alice], dedupe_key="order-1")
        again = notify("Other words", "b", recipients=[bob], dedupe_key="order-1")

    assert again == first
    assert Event.objects.get().message == "Hello"
    assert Notification.objects.get().user == alice


@pytest.mark.parametrize(("one", "other"), [("evt_aB", "evt_Ab"), ("café", "cafe"), ("t1", "t1 ")])
def test_dedupe_keys_that_only_look_alike_are_different(alice, one, other):
    first = notify("Hello", "a", recipients=[alice], dedupe_key=one)

    assert notify("Hello", "a", recipients=[alice], dedupe_key=other) != first


def test_keys_that_differ_in_case_are_different_types(alice):
    subscribe(alice, "Case/Key")

    assert not is_subscribed(alice, "case/key")
    assert alice not in audience.members(notify("Hello", "case/key"))


def test_deliver_at_waits_for_its_moment(alice, commit):
    tomorrow = timezone.now() + timedelta(days=1)

    with commit():
        event = notify("Later", "a", recipients=[alice], deliver_at=tomorrow)

    assert event.due_at == tomorrow
    assert not Notification.objects.exists()


def test_the_first_event_creates_its_type_and_the_next_reuses_it(alice):
    notify("Hello", "a/b", recipients=[])
    notify("Hello", "a/b", recipients=[])

    assert NotificationType.objects.get().key == "a/b"


@pytest.mark.parametrize("key", ["", "with space", "x" * 200, "party 🎉", None])
def test_a_bad_key_is_a_clear_error_and_writes_nothing(key):
    with pytest.raises(InvalidKey):
        notify("Hello", key, recipients=[])

    assert not Event.objects.exists()
    assert not NotificationType.objects.exists()


@pytest.mark.django_db(transaction=True)
async def test_anotify_is_its_async_twin(users):
    from asgiref.sync import sync_to_async

    (alice,) = await sync_to_async(users)("alice")
    await sync_to_async(subscribe)(alice, "a")

    event = await anotify("Hello", "a")

    assert (await Notification.objects.aget()).event_id == event.pk


@pytest.mark.django_db(transaction=True)
def test_without_autocommit_the_event_is_left_to_a_sweep(alice):
    transaction.set_autocommit(False)
    try:
        event = notify("Hello", "a", recipients=[alice])
        transaction.commit()
    finally:
        transaction.set_autocommit(True)

    assert not Notification.objects.exists()
    sweep()
    assert Notification.objects.get().event == event
