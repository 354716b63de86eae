from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser, Group

from realtime_notify import subscribe
from realtime_notify.exceptions import (
    InvalidFilter,
    InvalidNotifier,
    InvalidRecipient,
    InvalidTarget,
)
from realtime_notify.models import NotificationType, Subscription
from realtime_notify.notifiers import InstanceNotifier, Notifier
from realtime_notify.subscriptions.optouts import opt_out
from tests.blog.models import Document, Draft, Post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("declaring")]


@pytest.fixture
def changed():
    """A notifier of one object."""

    class Changed(InstanceNotifier):
        key = "wiki/changed"
        target_model = "blog.Document"
        message = "It was changed."

    return Changed


def names(people):
    return sorted(user.username for user in people)


# Subscribing


def test_a_class_subscribes_as_the_verb_does(alice, edited):
    assert edited.subscribe(alice, language="de") == subscribe(
        alice, "wiki/edited", filters={"language": "de"}
    )
    assert Subscription.objects.count() == 1


def test_being_subscribed_is_exact_about_filters(alice, edited):
    edited.subscribe(alice, language="de")

    assert edited.is_subscribed(alice, language="de")
    assert not edited.is_subscribed(alice)
    assert not edited.is_subscribed(alice, language="fr")


def test_unsubscribing_ends_only_that_subscription(alice, edited):
    post = Post.objects.create(title="1")
    edited.subscribe(alice)
    edited.subscribe(alice, language="de")
    edited.subscribe(alice, post)

    assert edited.unsubscribe(alice) == 1

    assert not edited.is_subscribed(alice)
    assert edited.is_subscribed(alice, language="de")
    assert edited.is_subscribed(alice, post)
    assert edited.unsubscribe(alice) == 0


def test_groups_and_addresses_subscribe_as_well(alice, edited):
    group = Group.objects.create(name="editors")
    group.user_set.add(alice)
    edited.subscribe(group)
    edited.subscribe("Nobody@Example.com", language="de")

    assert names(edited("de").audience()) == ["alice"]
    assert edited("de").email_addresses() == ["nobody@example.com"]
    assert edited("fr").email_addresses() == []
    assert edited.is_subscribed("nobody@example.com", language="de")


def test_who_is_not_signed_in_is_not_subscribed(edited):
    assert not edited.is_subscribed(AnonymousUser())
    with pytest.raises(InvalidRecipient):
        edited.subscribe(AnonymousUser())


@pytest.mark.parametrize("verb", ["subscribe", "unsubscribe", "is_subscribed"])
def test_an_unknown_filter_is_an_error_everywhere(alice, edited, verb):
    with pytest.raises(InvalidFilter, match="no filter 'lang'; there are: language"):
        getattr(edited, verb)(alice, lang="de")

    assert not Subscription.objects.exists()


def test_a_class_says_by_which_media_those_are_reached_who_chose_none(alice, bob):
    class Digested(Notifier):
        key = "digested"
        media = ["email"]
        message = "Hello"

    Digested.subscribe(alice)
    Digested.subscribe(bob, media=["inbox"])

    assert names(Digested().audience()) == ["bob"]
    assert names(Digested().audience("email")) == ["alice"]
    NotificationType.objects.filter(key="digested").update(media=["inbox"])
    assert names(Digested().audience()) == ["alice", "bob"]
    assert names(Digested().audience("email")) == []


def test_subscribe_accepts_every_option(alice):
    class News(Notifier):
        key = "news"

    row = News.subscribe(alice, only_following=True, backfill=True)

    assert row.only_following
    assert row.since.year == 1970


# One object


def test_a_subscription_to_an_object_covers_only_that_object(users, changed):
    alice, bob, carol = users("alice", "bob", "carol")
    one, other = Document.objects.create(title="1"), Document.objects.create(title="2")
    changed.subscribe(alice, one)
    changed.subscribe(bob, other)
    subscribe(carol, "wiki/changed")

    assert names(changed(one).audience()) == ["alice", "carol"]
    assert changed.is_subscribed(alice, one)
    assert not changed.is_subscribed(alice, other)
    assert changed.unsubscribe(alice, one) == 1
    assert changed.is_subscribed(bob, other)


def test_unsubscribing_without_an_object_does_not_end_all_of_them(alice, changed):
    document = Document.objects.create(title="1")
    changed.subscribe(alice, document)

    for verb in (changed.subscribe, changed.unsubscribe, changed.is_subscribed):
        with pytest.raises(InvalidTarget, match="Changed needs a target"):
            verb(alice)
    assert changed.is_subscribed(alice, document)


def test_a_target_of_another_model_is_refused(alice, changed):
    post = Post.objects.create(title="1")

    with pytest.raises(InvalidTarget, match=r"target of Changed must be a Document, not <Post"):
        changed.subscribe(alice, post)
    with pytest.raises(InvalidTarget, match="must be a Document, not <Post"):
        changed(post).fire()
    with pytest.raises(InvalidTarget, match="must be a Document, not 5"):
        changed.is_subscribed(alice, 5)


def test_a_proxy_is_the_model_itself(alice):
    class Drafted(InstanceNotifier):
        key = "drafted"
        target_model = Draft
        message = "Hello"

    post = Post.objects.create(title="1")
    Drafted.subscribe(alice, Draft.objects.get())

    assert Drafted.is_subscribed(alice, post)
    assert names(Drafted(post).audience()) == ["alice"]


def test_an_object_may_be_found_by_way_of_another(alice, changed):
    class Revised(changed):
        key = "wiki/revised"

        def __init__(self, revision):
            super().__init__(revision.document)
            self.revision = revision

        def message(self):
            return f"Revision {self.revision.number} of {self.target}"

    document = Document.objects.create(title="Charter")
    Revised.subscribe(alice, document)

    event = Revised(SimpleNamespace(document=document, number=3)).fire()

    assert (event.message, event.target) == ("Revision 3 of Charter", document)


def test_an_opt_out_beats_a_watch(alice, changed):
    document = Document.objects.create(title="1")
    changed.subscribe(alice, document)
    opt_out(alice, "wiki/changed", document)

    assert names(changed(document).audience()) == []


# How it is sent


def test_a_class_says_how_its_type_is_sent(alice):
    class Alarm(Notifier):
        key = "alarm"
        media = ("inbox", "email")
        delay = 0
        required = True
        critical = True

    row = Alarm.subscribe(alice).type

    assert (row.media, row.delay, row.required, row.critical) == (["inbox", "email"], 0, True, True)


def test_what_a_class_leaves_out_stays_as_it_was_set(alice):
    class Plain(Notifier):
        key = "plain"

    Plain.subscribe(alice)
    NotificationType.objects.filter(key="plain").update(media=["email"], delay=5, required=True)

    row = Plain.subscribe(alice).type

    assert (row.media, row.delay, row.required, row.critical) == (["email"], 5, True, False)


@pytest.mark.parametrize("media", ["email", 5, [5]])
def test_media_are_a_list_of_names(media):
    with pytest.raises(InvalidNotifier, match="media must be a list of names"):
        type("Wrong", (Notifier,), {"key": "wrong", "media": media})


@pytest.mark.parametrize("delay", [-1, 1.5, True, "60"])
def test_a_delay_is_a_number_of_seconds(delay):
    with pytest.raises(InvalidNotifier, match="delay must be a whole number of seconds"):
        type("Wrong", (Notifier,), {"key": "wrong", "delay": delay})
