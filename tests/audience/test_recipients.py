from __future__ import annotations

from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection

from realtime_notify import audience, notify, subscribe
from realtime_notify.audience.addressing import json_id
from tests.blog.models import Document, Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def names(event):
    return sorted(user.username for user in audience.members(event))


def test_everybody_subscribed_to_the_type_is_in_the_audience(users):
    alice, bob, _ = users("alice", "bob", "carol")
    subscribe(alice, "blog/new")
    subscribe(bob, "blog/new")

    assert names(notify("Hello", "blog/new")) == ["alice", "bob"]


def test_a_target_reaches_its_own_subscriptions_and_the_untargeted_ones(users):
    alice, bob, carol = users("alice", "bob", "carol")
    first, second = Post.objects.create(title="1"), Post.objects.create(title="2")
    subscribe(alice, "comment", first)
    subscribe(bob, "comment")
    subscribe(carol, "comment", second)

    assert names(notify("Hello", "comment", first)) == ["alice", "bob"]


def test_without_a_target_subscriptions_of_an_object_are_not_reached(users):
    alice, bob = users("alice", "bob")
    subscribe(alice, "comment", Post.objects.create(title="1"))
    subscribe(bob, "comment")

    assert names(notify("Hello", "comment")) == ["bob"]


def test_the_same_primary_key_of_another_model_is_another_target(users):
    (alice,) = users("alice")
    post = Post.objects.create(pk=7, title="1")
    group = Group.objects.create(pk=7, name="seven")
    subscribe(alice, "comment", group)

    assert names(notify("Hello", "comment", post)) == []
    assert names(notify("Hello", "comment", group)) == ["alice"]


def test_a_target_may_have_a_uuid(users):
    alice, bob = users("alice", "bob")
    one, other = Document.objects.create(title="1"), Document.objects.create(title="2")
    subscribe(alice, "comment", one)
    subscribe(bob, "comment", other)

    assert names(notify("Hello", "comment", one)) == ["alice"]


def test_recipient_users_narrows_the_subscribers_and_adds_nobody(users):
    alice, bob, carol = users("alice", "bob", "carol")
    subscribe(alice, "blog/new")
    subscribe(bob, "blog/new")

    assert names(notify("Hello", "blog/new", recipient_users=[alice, carol])) == ["alice"]


def test_an_empty_list_of_recipients_reaches_nobody(users):
    (alice,) = users("alice")
    subscribe(alice, "blog/new")

    assert names(notify("Hello", "blog/new", recipient_users=[])) == []
    assert names(notify("Hello", "blog/new", recipients=[])) == []


@pytest.mark.parametrize("spelling", ["user", "settings__user"])
def test_filter_exclude_cuts_subscriptions(users, spelling):
    alice, bob = users("alice", "bob")
    subscribe(alice, "blog/new")
    subscribe(bob, "blog/new")

    assert names(notify("Hello", "blog/new", filter_exclude={spelling: alice})) == ["bob"]
    assert names(notify("Hello", "blog/new", filter_exclude={f"{spelling}__in": [bob]})) == [
        "alice"
    ]
    flag = {f"{spelling}__is_staff": False}
    assert names(notify("Hello", "blog/new", filter_exclude=flag)) == []


def test_exclude_cuts_people_however_they_are_addressed(users):
    alice, bob = users("alice", "bob")
    subscribe(alice, "blog/new")
    subscribe(bob, "blog/new")

    assert names(notify("Hello", "blog/new", exclude=alice)) == ["bob"]
    assert names(notify("Hello", "blog/new", recipients=[alice, bob], exclude=[alice])) == ["bob"]


def of_user(alice, bob):
    return alice


def of_list(alice, bob):
    return [alice, bob, alice]


def of_tuple(alice, bob):
    return (alice, bob)


def of_set(alice, bob):
    return {alice, bob}


def of_generator(alice, bob):
    return (one for one in [alice, bob])


def of_queryset(alice, bob):
    return get_user_model().objects.filter(pk__in=[alice.pk, bob.pk])


def of_group(alice, bob):
    group = Group.objects.create(name="us")
    group.user_set.add(alice, bob)
    return group


def of_groups_and_users(alice, bob):
    group = Group.objects.create(name="us")
    group.user_set.add(bob)
    return [group, alice]


def of_group_queryset(alice, bob):
    return Group.objects.filter(pk=of_group(alice, bob).pk)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (of_user, ["alice"]),
        (of_list, ["alice", "bob"]),
        (of_tuple, ["alice", "bob"]),
        (of_set, ["alice", "bob"]),
        (of_generator, ["alice", "bob"]),
        (of_queryset, ["alice", "bob"]),
        (of_group, ["alice", "bob"]),
        (of_groups_and_users, ["alice", "bob"]),
        (of_group_queryset, ["alice", "bob"]),
    ],
)
def test_recipients_can_be_users_groups_querysets_or_iterables(users, people, expected):
    alice, bob, _ = users("alice", "bob", "carol")

    assert names(notify("Hello", "blog/new", recipients=people(alice, bob))) == expected


def test_an_inactive_user_is_never_in_an_audience(users):
    (ghost,) = users("ghost", active=False)
    subscribe(ghost, "blog/new")

    assert names(notify("Hello", "blog/new")) == []
    assert names(notify("Hello", "blog/new", recipients=[ghost])) == []


@pytest.mark.parametrize(
    ("name", "reached"), [("to", "alice"), ("only", "alice"), ("exclude", "bob")]
)
def test_a_list_may_be_longer_than_a_statement_can_name(users, name, reached):
    alice, bob = users("alice", "bob")
    subscribe(alice, "a")
    subscribe(bob, "a")
    event = notify("Hello", "a", exclude=[alice])  # and very many who are gone
    many = 260_000 if connection.vendor == "sqlite" else 70_000
    numbers = range(10**9, 10**9 + many)
    gone = numbers if isinstance(alice.pk, int) else (str(UUID(int=number)) for number in numbers)
    event.audience = {name: sorted([json_id(alice.pk), *gone])}

    assert names(event) == [reached]
