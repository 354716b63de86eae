"""Many events in one go."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from realtime_notify import anotify_many, notify_many, subscribe
from realtime_notify.exceptions import InvalidKey, InvalidNotification
from realtime_notify.models import Event, EventActor, EventFilter, Notification, NotificationType
from realtime_notify.silence import notifications_disabled
from tests.blog.models import Post
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def call(number, **more):
    return {"message": f"Photo {number}", "key": "photo/tag", **more}


def test_every_event_is_stored_in_full_and_delivered(users, django_capture_on_commit_callbacks):
    alice, bob, carol = users("alice", "bob", "carol")
    NotificationType.objects.create(key="photo/tag", level="warning")
    subscribe(alice, "photo/tag")
    post = Post.objects.create(title="Album")

    with django_capture_on_commit_callbacks(execute=True):
        made = notify_many(
            [
                call(1, actors=[alice, bob, carol], filters={"album": "x"}, target_object=post),
                call(2, level="error", recipients=[bob]),
            ]
        )

    assert [event.message for event in made] == ["Photo 1", "Photo 2"]
    assert [event.level for event in made] == ["warning", "error"]
    assert Event.objects.get(pk=made[0].pk).target == post
    assert [one.actor for one in made[0].extra_actors.all()] == [bob, carol]
    assert made[0].filter_values.get().value == "x"
    assert {*Notification.objects.values_list("user__username", "event__message")} == {
        ("alice", "Photo 1"),
        ("bob", "Photo 2"),
    }


def test_only_events_with_a_known_dedupe_key_are_left_out():
    notify_many([call(0, dedupe_key="zero")])

    made = notify_many(
        [
            call(1),
            call(2),
            call(3, dedupe_key="three"),
            call(4, dedupe_key="three"),
            call(5, dedupe_key="zero"),
        ]
    )

    assert [event.message for event in made] == ["Photo 1", "Photo 2", "Photo 3"]
    assert Event.objects.count() == 4
    assert notify_many([call(6, dedupe_key="zero")]) == notify_many([]) == []


def test_the_dictionaries_of_the_caller_are_not_changed():
    calls = [call(1, actors=[], filters={"album": 5})]

    notify_many(calls)

    assert calls == [call(1, actors=[], filters={"album": 5})]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [({"level": "loud"}, InvalidNotification), ({"key": "no good"}, InvalidKey)],
)
def test_one_invalid_call_keeps_all_events_from_being_created(wrong, error):
    with pytest.raises(error):
        notify_many([call(1), {**call(2), **wrong}])

    assert Event.objects.count() == NotificationType.objects.count() == 0


def test_twenty_events_take_as_many_queries_as_two(alice):
    NotificationType.objects.create(key="photo/tag")
    ContentType.objects.get_for_model(alice)  # asked for once, then remembered by Django

    def cost(numbers):
        with CaptureQueriesContext(connection) as statements:
            made = notify_many(
                call(number, dedupe_key=str(number), filters={"a": "b"}, actors=[alice, alice])
                for number in numbers
            )
        assert len(made) == len(numbers)
        return len(statements)

    assert cost(range(2)) == cost(range(2, 22)) <= 10
    assert EventActor.objects.count() == EventFilter.objects.count() == 22


def test_nothing_is_written_while_notifications_are_disabled():
    with notifications_disabled():
        made = notify_many([call(1), call(2)])

    assert [event.pk for event in made] == [None, None]
    assert Event.objects.count() == NotificationType.objects.count() == 0


@pytest.mark.django_db(transaction=True)
async def test_anotify_many_is_its_async_twin():
    assert len(await anotify_many([call(1)])) == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_calls_create_each_event_once():
    calls = [call(n, dedupe_key=f"photo-{n}") for n in range(30)]

    made = at_once(lambda _thread: notify_many(calls))

    assert sum(map(len, made)) == Event.objects.count() == 30
