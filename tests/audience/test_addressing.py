"""How an event is addressed: what is refused, and what is stored."""

from __future__ import annotations

import pickle

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group

from realtime_notify import EVERYONE, notify, subscribe
from realtime_notify.audience.addressing import Audience, Topic, topics_of, user_ids
from realtime_notify.exceptions import InvalidNotification, InvalidRecipient
from realtime_notify.models import Event
from tests.blog.models import Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def stored(user):
    return user.pk if isinstance(user.pk, int) else str(user.pk)


def test_a_look_up_that_does_not_exist_is_a_clear_error(users):
    with pytest.raises(InvalidNotification, match=r"look-up on Subscription: .*colour"):
        notify("Hello", "blog/new", filter_exclude={"colour": "red"})


def test_a_look_up_that_the_database_refuses_is_a_clear_error_at_once(alice):
    subscribe(alice, "blog/new")
    with pytest.raises(InvalidNotification, match="is not a valid look-up on Subscription"):
        notify("Hello", "blog/new", filter_exclude={"user__username__regex": "("})

    assert not Event.objects.exists()


@pytest.mark.parametrize("wrong", ["alice", 5, {"user": 1}, AnonymousUser(), [None], [b"x"]])
def test_a_recipient_that_is_not_a_saved_user_is_refused(wrong):
    with pytest.raises(InvalidRecipient, match="is not a saved user"):
        notify("Hello", "blog/new", recipients=wrong)


def test_an_unsaved_user_is_refused(users):
    user = get_user_model()(username="ghost")
    user.pk = None

    with pytest.raises(InvalidRecipient, match="is not saved"):
        notify("Hello", "blog/new", recipients=[user])


def test_recipients_cannot_be_combined_with_arguments_that_narrow_subscribers(users):
    (alice,) = users("alice")

    with pytest.raises(InvalidNotification, match="pass one of the two"):
        notify("Hello", "blog/new", recipients=alice, recipient_users=alice)
    with pytest.raises(InvalidNotification, match="exclude="):
        notify("Hello", "blog/new", recipients=alice, filter_exclude={"user": alice})


def test_everyone_is_stored_as_everyone(users):
    (alice,) = users("alice")

    event = notify("Hello", "a", recipients=EVERYONE, exclude=alice)

    event.refresh_from_db()
    assert event.audience == {"everyone": True, "exclude": [stored(alice)]}
    assert Audience.of(event) == Audience(everyone=True, exclude=[stored(alice)])
    assert not Audience.of(event).addresses_subscribers()


@pytest.mark.parametrize(
    ("beside", "says"),
    [
        ({"recipient_users": []}, "pass one of the two"),
        ({"filter_exclude": {"active": True}}, "use exclude="),
        ({"also": [("b",)]}, "pass one of the two"),
    ],
)
def test_everyone_is_not_combined_with_arguments_for_subscribers(beside, says):
    with pytest.raises(InvalidNotification, match=says):
        notify("Hello", "a", recipients=EVERYONE, **beside)


@pytest.mark.parametrize("name", ["recipients", "recipient_users", "exclude"])
def test_everyone_stands_alone(alice, name):
    with pytest.raises(InvalidNotification, match="EVERYONE includes everybody else"):
        notify("Hello", "a", **{name: [alice, EVERYONE]})


def test_everyone_stays_the_same_when_it_is_pickled():
    assert pickle.loads(pickle.dumps(EVERYONE)) is EVERYONE
    assert repr(EVERYONE) == "EVERYONE"


def test_people_are_stored_once_and_sorted(users):
    alice, bob = users("alice", "bob")
    cooks = Group.objects.create(name="cooks")
    cooks.user_set.add(alice)

    assert user_ids([bob, cooks, alice, [bob]]) == sorted([stored(alice), stored(bob)])


def test_an_event_for_all_subscribers_stores_no_audience():
    event = notify("Hello", "a")

    assert event.audience == {}
    assert Audience.of(event) == Audience()


def test_an_event_stores_its_audience_and_reads_it_back(users):
    alice, bob = users("alice", "bob")

    event = notify(
        "Hello",
        "a",
        recipient_users=[alice, bob],
        exclude=bob,
        filter_exclude={"user": alice},
        also=[("b", None, {"language": "da"})],
    )

    event.refresh_from_db()
    assert Audience.of(event) == Audience(
        only=sorted([stored(alice), stored(bob)]),
        exclude=[stored(bob)],
        filter_exclude={"user": stored(alice)},
        also=[Topic("b", filters={"language": "da"})],
    )


def test_the_own_topic_of_an_event_comes_first():
    post = Post.objects.create(title="1")

    own, further = topics_of(notify("Hello", "a", post, filters={"x": 1}, also=[("b",)]))

    assert (own.type_id, own.target_id, own.filters) == ("a", str(post.pk), {"x": "1"})
    assert further == Topic("b")


@pytest.mark.parametrize("also", [5, "b", ["b"], [()], [("b", None, {}, "too many")], [5]])
def test_further_topics_that_are_no_topics_are_refused(also):
    with pytest.raises(InvalidNotification, match="also= must be a list of topics"):
        notify("Hello", "a", also=also)


@pytest.mark.parametrize("lookups", ["user", 5, [("user", 1)]])
def test_look_ups_that_are_no_dictionary_are_refused(lookups):
    with pytest.raises(InvalidNotification, match="filter_exclude= must be a dictionary"):
        notify("Hello", "a", filter_exclude=lookups)
