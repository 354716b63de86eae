"""Which of some people events are for."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from realtime_notify import EVERYONE, audience, notify, opt_out, subscribe
from realtime_notify.audience.following import Following
from realtime_notify.models import TypeGroup
from tests.blog.models import Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


class Fans(Following):
    """Everybody follows everybody whose name they bear."""

    def followers_of(self, actors):
        return Q(pk__in=[pk for _, pk in actors])


def test_each_event_concerns_those_of_the_people_whom_it_reaches(users):
    alice, bob, carol = users("alice", "bob", "carol")
    post = Post.objects.create(title="1")
    everything, on_post = subscribe(alice, "a"), subscribe(bob, "a", post)
    subscribe(carol, "a")
    group = Group.objects.create(name="cooks")
    group.user_set.add(bob)
    subscribe(group, "b")
    events = [notify("Hello", "a"), notify("Hello", "a", post), notify("Hello", "b")]

    assert audience.concerned(events, [alice.pk, bob.pk])["inbox"] == {
        events[0].pk: {alice.pk: everything.pk},
        events[1].pk: {alice.pk: everything.pk, bob.pk: on_post.pk},
        events[2].pk: {bob.pk: None},
    }


def test_a_subscription_made_later_than_one_of_the_events_is_for_the_others(users):
    (alice,) = users("alice")
    before = notify("Hello", "a")
    subscription = subscribe(alice, "a")
    after = notify("Hello", "a")

    assert audience.concerned([before, after], [alice.pk])["inbox"] == {
        before.pk: {},
        after.pk: {alice.pk: subscription.pk},
    }


def test_nobody_and_nothing_ask_nothing(alice, django_assert_num_queries):
    event = notify("Hello", "a")

    with django_assert_num_queries(0):
        assert audience.concerned([], [alice.pk]) == {"inbox": {}}
        assert audience.concerned([event], []) == {"inbox": {event.pk: {}}}


def test_opt_outs_of_a_group_of_types_are_known(users):
    (alice,) = users("alice")
    kind = subscribe(alice, "a").type
    kind.group = TypeGroup.objects.create(name="kitchen")
    kind.save()
    subscribe(alice, "b")
    opt_out(alice, group="kitchen")
    events = [notify("Hello", "a"), notify("Hello", "b")]

    found = audience.concerned(events, [alice.pk])["inbox"]

    assert [alice.pk in found[event.pk] for event in events] == [False, True]


def test_a_policy_of_the_projects_own_decides_who_follows(users, settings):
    alice, bob = users("alice", "bob")
    for user in (alice, bob):
        subscribe(user, "a", only_following=True)
    settings.REALTIME_NOTIFY = {"FOLLOWING": f"{__name__}.Fans"}
    event = notify("Hello", "a", actor=bob)

    assert audience.concerned([event], [alice.pk, bob.pk])["inbox"][event.pk].keys() == {bob.pk}


def test_the_number_of_statements_depends_neither_on_the_people_nor_on_the_events(users):
    people = users(30)
    group = Group.objects.create(name="cooks")
    group.user_set.set(people)
    for key in ("a", "b"):
        subscribe(group, key)
        for user in people:
            subscribe(user, key, filters={"language": "da"}, only_following=True)
    opt_out(people[0], "b")
    events = [
        notify(f"Number {number}", "ab"[number % 2], filters={"language": "da"}, actor=people[1])
        for number in range(20)
    ]
    events.append(notify("Hello", "c", recipients=EVERYONE))
    audience.concerned(events, [people[0].pk])  # looks up content types, which are then known
    counted = []
    for some, asked in ((events[:1], people), (events, people[:1]), (events, people)):
        with CaptureQueriesContext(connection) as queries:
            audience.concerned(some, [user.pk for user in asked])
        counted.append(len(queries))

    assert max(counted) == min(counted) <= 8
