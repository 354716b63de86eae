"""Unions: several notifiers that fire one event."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from realtime_notify import notify, subscribe
from realtime_notify.audience import members
from realtime_notify.exceptions import InvalidKey, InvalidNotification, InvalidNotifier
from realtime_notify.models import Event, Notification, NotificationType, TypeGroup
from realtime_notify.notifiers import InstanceNotifier, Notifier, NotifierUnion
from realtime_notify.subscriptions.optouts import opt_out
from tests.forum.models import Forum, Post, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("declaring")]


class ForumExample:
    """A forum of one thread, and the notifiers of a post in it."""

    def __init__(self):
        class InForum(InstanceNotifier):
            key = "forum/post-in-forum"
            target_model = Forum
            filters = ["language"]
            language = "de"

            def __init__(self, post):
                super().__init__(post.thread.forum)

        class InThread(InstanceNotifier):
            key = "forum/post-in-thread"
            target_model = Thread

            def __init__(self, post):
                super().__init__(post.thread)
                self.post = post

            def message(self):
                return f"New in {self.target}: {self.post}"

            def fire(self, exclude=(), *, recipients=None):
                union = NotifierUnion(self, InForum(self.post))
                return union.fire(exclude, recipients=recipients)

        self.InForum, self.InThread = InForum, InThread
        self.forum = Forum.objects.create(name="cooking")
        self.thread = Thread.objects.create(forum=self.forum, title="Bread")
        self.post = Post.objects.create(thread=self.thread, text="Rye")
        self.union = NotifierUnion(InThread(self.post), InForum(self.post))


@pytest.fixture
def example():
    return ForumExample()


def names(people):
    return sorted(user.username for user in people)


def test_firing_for_a_post_reaches_subscribers_of_its_thread_and_of_its_forum(
    users, example, django_capture_on_commit_callbacks
):
    alice, bob, carol, dora = users("alice", "bob", "carol", "dora")
    for user in (alice, bob):
        example.InThread.subscribe(user, example.thread)
    for user in (bob, carol):
        example.InForum.subscribe(user, example.forum)
    example.InForum.subscribe(dora, Forum.objects.create(name="sewing"))

    with django_capture_on_commit_callbacks(execute=True):
        event = example.InThread(example.post).fire()

    assert names(row.user for row in Notification.objects.all()) == ["alice", "bob", "carol"]
    assert (event.type_id, event.target, event.message) == (
        "forum/post-in-thread",
        example.thread,
        "New in Bread: Rye",
    )
    assert Event.objects.count() == 1


def test_a_notification_names_the_subscription_that_caused_it(
    users, example, django_capture_on_commit_callbacks
):
    (carol,) = users("carol")
    subscription = example.InForum.subscribe(carol, example.forum)

    with django_capture_on_commit_callbacks(execute=True):
        example.union.fire()

    assert Notification.objects.get().subscription == subscription


def test_a_user_takes_precedence_over_the_same_e_mail_address(users, example):
    (alice,) = users("alice")
    example.InThread.subscribe("ALICE@example.com", example.thread)
    example.InForum.subscribe(alice, example.forum)
    example.InForum.subscribe("alice@example.com", example.forum)
    for watch, target in ((example.InThread, example.thread), (example.InForum, example.forum)):
        watch.subscribe("else@example.com", target)

    assert names(example.union.audience("email")) == ["alice"]
    assert example.union.email_addresses() == ["else@example.com"]


def test_each_notifier_matches_subscriptions_by_its_own_filters(users, example):
    alice, bob = users("alice", "bob")
    example.InForum.subscribe(alice, example.forum, language="de")
    example.InForum.subscribe(bob, example.forum, language="fr")

    assert names(example.union.audience()) == ["alice"]


def test_a_user_whom_any_notifier_excludes_is_not_reached(users, example):
    alice, bob, carol = users("alice", "bob", "carol")
    for user in (alice, bob, carol):
        example.InForum.subscribe(user, example.forum)
        example.InThread.subscribe(user, example.thread)
    example.union.others[0].exclude = alice

    assert names(example.union.audience(exclude=[bob])) == ["carol"]


def test_opting_out_of_the_first_notifier_opts_out_of_the_union(users, example):
    alice, bob = users("alice", "bob")
    for user in (alice, bob):
        example.InForum.subscribe(user, example.forum)
    opt_out(alice, "forum/post-in-thread", example.thread)

    assert names(example.union.audience()) == ["bob"]


@pytest.mark.parametrize("how", ["type", "target", "group"])
def test_opting_out_of_another_notifier_keeps_subscribers_of_the_first(users, example, how):
    alice, bob, carol = users("alice", "bob", "carol")
    group = Group.objects.create(name="cooks")
    group.user_set.add(carol)
    example.InThread.subscribe(alice, example.thread)
    for who in (alice, bob, group):
        example.InForum.subscribe(who, example.forum)
    type_group = TypeGroup.objects.create(name="forums")
    NotificationType.objects.filter(key="forum/post-in-forum").update(group=type_group)
    for user in (alice, bob, carol):
        if how == "group":
            opt_out(user, group="forums")
        else:
            opt_out(user, "forum/post-in-forum", example.forum if how == "target" else None)

    assert names(example.union.audience()) == ["alice"]


def test_recipients_passed_to_fire_replace_the_subscribers(users, example):
    alice, bob = users("alice", "bob")
    example.InForum.subscribe(alice, example.forum)

    assert names(example.union.audience(recipients=[bob])) == ["bob"]
    assert "also" not in example.InThread(example.post).fire(recipients=[bob]).audience


def test_a_union_refuses_a_notifier_that_names_recipients(alice, example):
    class Named(Notifier):
        key = "named"
        message = "Hello"
        recipients = (alice,)

    for union in (
        NotifierUnion(Named(), *example.union.others),
        NotifierUnion(example.union.first, Named()),
    ):
        with pytest.raises(InvalidNotifier, match="Named names its recipients"):
            union.fire()


def test_a_union_of_one_notifier_fires_like_that_notifier(alice, example):
    example.InForum.subscribe(alice, example.forum)
    example.InThread.subscribe(alice, example.thread)

    event = NotifierUnion(example.union.first).fire()

    assert event.audience == {}
    assert not event.has_own_audience


def test_notify_reaches_subscribers_of_the_types_in_also(users, example):
    alice, bob, carol = users("alice", "bob", "carol")
    subscribe(alice, "a")
    subscribe(bob, "b", example.forum)
    subscribe(carol, "b", example.forum, filters={"language": "fr"})

    event = notify("Hello", "a", also=[("b", example.forum, {"language": "de"})])
    plain = notify("Hello", "a", also=[("b",), ("c",)])

    assert event.audience["also"][0]["type_id"] == "b"
    assert event.has_own_audience
    assert plain.audience["also"] == [
        {"type_id": key, "target_type_id": None, "target_id": "", "filters": {}} for key in "bc"
    ]
    with pytest.raises(InvalidKey):
        notify("Hello", "a", also=[("with space",)])
    with pytest.raises(InvalidNotification, match="pass one of the two"):
        notify("Hello", "a", recipients=alice, also=[("b",)])


def test_a_large_union_is_pushed_to_every_process(users, example, settings, commit, pushed):
    settings.REALTIME_NOTIFY = {"SMALL_AUDIENCE": 1}
    for user in users("alice", "bob"):
        example.InForum.subscribe(user, example.forum)

    with commit():
        example.union.fire()

    (message,) = pushed
    assert len(message["to"]) == 2


def test_the_number_of_queries_does_not_depend_on_the_number_of_subscribers(
    users, example, django_assert_num_queries
):
    groups = [Group.objects.create(name=str(number)) for number in range(5)]
    for number, user in enumerate(users(20)):
        user.groups.add(groups[number % 5])
        example.InForum.subscribe(user, example.forum)
    for group in groups:
        example.InThread.subscribe(group, example.thread)
    event = example.union.fire()

    with django_assert_num_queries(3):
        assert len(set(members(event))) == 20
