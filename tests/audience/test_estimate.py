"""How many people an event is still to reach, about."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from realtime_notify import notify, subscribe
from realtime_notify.audience import estimate_rest

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_subscribers_of_the_type_and_of_the_further_ones_are_counted(users):
    people = users(4)
    for user in people[:3]:
        subscribe(user, "a")
    subscribe(people[3], "b")

    assert estimate_rest(notify("Hello", "a")) == 3
    assert estimate_rest(notify("Hello", "a", also=[("b",)])) == 4
    assert estimate_rest(notify("Hello", "c")) == 0


def test_the_members_of_groups_are_counted_after_the_cursor(users):
    people = users(5)
    team = Group.objects.create(name="Team")
    team.user_set.set(people)
    subscribe(team, "a")
    event = notify("Hello", "a")
    assert estimate_rest(event) == 5

    event.cursor = str(people[2].pk)

    assert estimate_rest(event) == len([user for user in people if user.pk > people[2].pk])


def test_who_is_reached_in_two_ways_or_excluded_counts_as_well(users):
    (person,) = users(1)
    team = Group.objects.create(name="Team")
    team.user_set.add(person)
    subscribe(team, "a")
    subscribe(person, "a")

    assert estimate_rest(notify("Hello", "a", exclude=[person])) == 2
