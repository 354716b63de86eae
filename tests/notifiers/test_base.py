from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from realtime_notify import notify, subscribe
from realtime_notify.exceptions import InvalidNotification, InvalidNotifier
from realtime_notify.models import Event, Notification
from realtime_notify.notifiers import Notifier
from tests.blog.models import Post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("declaring")]


def names(people):
    return sorted(user.username for user in people)


def test_a_class_writes_the_same_row_as_plain_notify(alice, bob):
    post = Post.objects.create(title="Spring")
    moment = timezone.now() + timedelta(days=1)

    class Commented(Notifier):
        key = "commented"
        filters = ["tone"]
        verb = "commented on"
        public = False
        url = "/c/1/"
        tone = "kind"
        target = property(lambda self: self.post)
        actors = (bob,)

        def __init__(self, post):
            self.post = self.action_object = post
            self.data = {"n": 1}

        def message(self):
            return f"On {self.post}"

        def description(self):
            return "Longer"

        def actor(self):
            return alice

        def exclude(self):
            return self.actor()

        def level(self):
            return "success"

        def collapse_key(self):
            return f"post-{self.post.pk}"

        def deliver_at(self):
            return moment

        def expires_at(self):
            return moment + timedelta(days=1)

    by_class = Commented(post).fire(exclude=bob)
    plain = notify(
        *("On Spring", "commented", post, "/c/1/"),
        exclude=[alice, bob],
        actor=alice,
        actors=[bob],
        verb="commented on",
        action_object=post,
        description="Longer",
        level="success",
        public=False,
        data={"n": 1},
        filters={"tone": "kind"},
        collapse_key=f"post-{post.pk}",
        deliver_at=moment,
        expires_at=moment + timedelta(days=1),
    )

    own = {"id", "created", "due_at"}
    one, other = Event.objects.filter(pk__in=[by_class.pk, plain.pk]).values()
    assert {k: v for k, v in one.items() if k not in own} == {
        k: v for k, v in other.items() if k not in own
    }
    for event in (by_class, plain):
        assert [row.actor for row in event.extra_actors.all()] == [bob]
        assert [str(row) for row in event.filter_values.all()] == ["tone=kind"]


def test_a_subscription_with_a_filter_gets_only_matching_events(
    users, edited, django_capture_on_commit_callbacks
):
    alice, bob, carol = users("alice", "bob", "carol")
    edited.subscribe(alice, language="de")
    edited.subscribe(bob)
    edited.subscribe(carol, language="fr")

    with django_capture_on_commit_callbacks(execute=True):
        edited("de").fire()

    rows = Notification.objects.all()
    assert {row.user.username: row.event.message for row in rows} == {
        "alice": "Somebody edited in de.",
        "bob": "Somebody edited in de.",
    }


def test_an_event_without_a_value_reaches_every_value(users, edited):
    alice, bob = users("alice", "bob")
    edited.subscribe(alice, language="de")
    edited.subscribe(bob, language="fr")

    assert names(edited(None).audience()) == ["alice", "bob"]


def test_two_subscriptions_of_a_user_make_one_notification(
    alice, edited, django_capture_on_commit_callbacks
):
    edited.subscribe(alice)
    edited.subscribe(alice, language="de")

    with django_capture_on_commit_callbacks(execute=True):
        edited("de").fire()

    assert Notification.objects.count() == 1


def test_an_excluded_user_is_not_reached_but_their_subscribed_address_is(users, edited):
    alice, bob = users("alice", "bob")
    for who in (alice, bob, "alice@example.com", "Bob@example.com"):
        edited.subscribe(who)
    to = {"exclude": alice}

    assert names(edited("de").audience(**to)) == ["bob"]
    assert edited("de").email_addresses(**to) == ["alice@example.com"]
    assert edited("de").fire(alice).audience == {"exclude": [_json(alice)]}


def _json(user):
    return user.pk if isinstance(user.pk, int) else str(user.pk)


def test_excluding_somebody_who_is_not_saved_is_an_error(alice, edited):
    ghost = type(alice)(username="ghost")
    ghost.pk = None

    with pytest.raises(ValueError, match="is not saved"):
        edited("de").fire(exclude=ghost)


def test_recipients_are_named_by_the_class_or_the_call(users):
    alice, bob = users("alice", "bob")

    class Invited(Notifier):
        key = "invited"
        message = "Come"

        def recipients(self):
            return [alice]

    assert names(Invited().audience()) == ["alice"]
    assert names(Invited().audience(recipients=[bob])) == ["bob"]
    assert names(Invited().audience(recipients=[])) == []
    assert Invited().fire(recipients=bob).audience == {"to": [_json(bob)]}


def test_asking_for_the_audience_writes_nothing(users, edited):
    alice, bob = users("alice", "bob")
    subscribe(alice, "spoken", only_following=True)
    subscribe(bob, "spoken", only_following=True)

    class Spoken(Notifier):
        key = "spoken"
        message = "Hello"
        actors = [Post.objects.create(title="x"), alice]

    assert names(Spoken().audience()) == ["alice"]
    assert not Event.objects.exists()


def test_arguments_fill_in_what_the_class_leaves_out(alice):
    class Said(Notifier):
        key = "said"
        filters = ["tone"]

    event = Said(message="Hello", tone="kind", actor=alice, data=[1]).fire()

    assert (event.message, event.filters, event.data) == ("Hello", {"tone": "kind"}, [1])
    with pytest.raises(TypeError, match=r"Said\(\) takes no 'mesage'; it takes: action_object,"):
        Said(mesage="Hello")


def test_dedupe_and_level_of_the_type(alice):
    class Due(Notifier):
        key = "due"
        level = "error"
        message = "Pay"
        dedupe_key = "invoice-7"

    assert Due().fire() == Due().fire()
    assert Due().fire().level == "error"


def test_errors_name_what_is_missing(alice):
    class Base(Notifier):
        message = "Hello"

    class Wordless(Notifier):
        key = "wordless"

    class Valueless(Notifier):
        key = "valueless"
        filters = ["language"]
        message = "Hello"

    for use in (Base().fire, lambda: Base.subscribe(alice), lambda: Base.is_subscribed(alice)):
        with pytest.raises(InvalidNotifier, match="Base has no key"):
            use()
    with pytest.raises(InvalidNotification, match="message must not be empty"):
        Wordless().fire()
    with pytest.raises(InvalidNotifier, match="Valueless has no values for its filters language"):
        Valueless().fire()
    assert not Event.objects.exists()


def test_a_base_without_a_key_serves_several(alice):
    class Base(Notifier):
        group = "shop"

        def message(self):
            return f"{self.key}!"

    class First(Base):
        key = "first"

    class Second(Base):
        key = "second"

    assert First().fire().message == "first!"
    assert Second().fire().type.group_id == "shop"


@pytest.mark.django_db(transaction=True)
async def test_every_verb_has_an_async_twin(users):
    from asgiref.sync import sync_to_async

    class Told(Notifier):
        key = "rows"
        message = "Hello"
        filters = ["language"]
        language = "de"

    (alice,) = await sync_to_async(users)("alice")

    await Told.asubscribe(alice, language="de")
    assert await Told.ais_subscribed(alice, language="de")
    assert (await Told().afire(exclude=[])).pk
    assert await Notification.objects.acount() == 1
    assert await Told.aunsubscribe(alice, language="de") == 1
