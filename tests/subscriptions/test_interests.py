"""The keys that users subscribe to."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from realtime_notify import subscribe
from realtime_notify.subscriptions import keys_of, keys_of_many, set_active
from tests.blog.models import Company, Employment, Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_keys_of_returns_each_key_of_a_user_once(alice, bob):
    subscribe(alice, "a", Post.objects.create(title="1"))
    subscribe(alice, "a")
    subscribe(alice, "b")
    subscribe(bob, "c")

    assert keys_of(alice.pk) == ["a", "b"]


def test_the_keys_of_many_cost_as_many_statements_as_those_of_one(users, django_assert_num_queries):
    ann, ben, cem, dan = users("ann", "ben", "cem", "dan")
    us = Group.objects.create(name="us")
    us.user_set.add(ann, ben)
    subscribe(us, "g")
    subscribe(ann, "a")
    subscribe(cem, "a")
    subscribe(cem, "b", Post.objects.create(title="1"))
    keys_of(ann.pk)  # content types are read once in the life of a process

    with django_assert_num_queries(3):
        assert keys_of(ann.pk) == ["a", "g"]
    with django_assert_num_queries(3):
        assert keys_of(dan.pk) == []
    with django_assert_num_queries(3):
        found = keys_of_many([ann.pk, ben.pk, cem.pk, dan.pk])

    assert found == {ann.pk: ["a", "g"], ben.pk: ["g"], cem.pk: ["a", "b"], dan.pk: []}


def test_a_paused_subscription_has_no_key(alice):
    set_active([subscribe(alice, "a").pk], False)

    assert keys_of(alice.pk) == []


def test_the_keys_of_a_role_are_those_of_its_members(alice, bob):
    kitchen = Company.objects.create(name="Kitchen")
    Employment.objects.create(user=alice, company=kitchen, title="cook")
    Employment.objects.create(user=bob, company=kitchen, title="waiter")
    subscribe(kitchen, "soup", role="cook")
    subscribe(kitchen, "news")

    assert keys_of_many([alice.pk, bob.pk]) == {alice.pk: ["news", "soup"], bob.pk: ["news"]}


def test_keys_of_groups_count_for_their_members(alice):
    group = Group.objects.create(name="us")
    group.user_set.add(alice)
    subscribe(group, "g")

    assert keys_of(alice.pk) == ["g"]
