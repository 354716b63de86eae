"""The walk through an audience, chunk by chunk."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from realtime_notify import EVERYONE, audience, notify, subscribe
from realtime_notify.audience.addressing import json_id
from realtime_notify.audience.legs import WINDOW
from realtime_notify.audience.rows import MANY_GROUPS
from realtime_notify.models import Event, Subscription
from tests.blog.models import Company, Employment, Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def walk(event, size):
    """Return the chunks of an event."""
    chunks = []
    while not chunks or chunks[-1].cursor is not None:
        chunks.append(audience.next_chunk(event, size))
        event.cursor = chunks[-1].cursor or ""
    return chunks


def people(event, size):
    """Return everybody whom the chunks of an event hold."""
    chunks = walk(event, size)
    assert all(len(chunk.people) <= size for chunk in chunks)
    return [person for chunk in chunks for person in chunk.people]


def ordered(users):
    """Return the primary keys of users, in the order of the database."""
    chosen = get_user_model().objects.filter(pk__in=[user.pk for user in users])
    return list(chosen.order_by("pk").values_list("pk", flat=True))


def company_of(users):
    company = Company.objects.create(name="Crumb")
    Employment.objects.bulk_create(
        Employment(user=user, company=company, title="baker") for user in users
    )
    return company


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_chunks_walk_the_whole_audience_in_order_and_nobody_twice(users, size):
    everybody = users(7)
    post = Post.objects.create(title="1")
    for user in everybody:
        subscribe(user, "comment")
        subscribe(user, "comment", post)

    assert people(notify("Hello", "comment", post), size) == ordered(everybody)


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_chunks_walk_the_named_people_and_nobody_twice(users, size):
    everybody = users(7)
    for user in everybody:
        subscribe(user, "comment")

    to = notify("Hello", "comment", recipients=everybody)
    only = notify("Hello", "comment", recipient_users=everybody[2:])

    assert sorted(people(to, size)) == sorted(user.pk for user in everybody)
    assert sorted(people(only, size)) == sorted(user.pk for user in everybody[2:])


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_a_user_with_more_subscriptions_than_a_chunk_holds_is_walked_past(users, size):
    alice, bob, carol = users("alice", "bob", "carol")
    subscribe(alice, "photo")
    for album in range(5):
        subscribe(bob, "photo", filters={"album": f"no {album}"})
    subscribe(carol, "photo")

    for album, expected in (("no 4", [alice, bob, carol]), ("no 9", [alice, carol])):
        event = notify("Hello", "photo", filters={"album": album})
        assert people(event, size) == ordered(expected)


def test_the_last_chunk_is_known_to_be_the_last(users):
    for user in users(4):
        subscribe(user, "a")

    assert len(walk(notify("Hello", "a"), 4)) == 1
    assert len(walk(notify("Hello", "a"), 2)) == 2


def test_a_chunk_of_nobody_does_not_end_the_walk(users):
    *strangers, last = get_user_model().objects.filter(pk__in=ordered(users(5))).order_by("pk")
    for user in strangers:
        subscribe(user, "a", only_following=True)
    subscribe(last, "a")

    chunks = walk(notify("Hello", "a"), 2)

    assert {} in [chunk.people for chunk in chunks]
    assert [person for chunk in chunks for person in chunk.people] == [last.pk]


@pytest.mark.parametrize("count", [3 * WINDOW, 2])
def test_members_of_large_and_small_groups_are_walked(users, count):
    users(5)
    members = users(count)
    users(5)
    subscribe(company_of(members), "a", role="baker")

    assert people(notify("Hello", "a"), 2) == ordered(members)


def test_a_large_group_is_walked_past_those_who_are_in_others(users):
    strangers, members = users(5 * WINDOW), users(3 * WINDOW)
    company_of(strangers)
    subscribe(company_of(members), "a")

    assert people(notify("Hello", "a"), 1) == ordered(members)


def test_subscriptions_of_very_many_groups_are_walked(users):
    kind = subscribe(users(1)[0], "a").type
    groups = Group.objects.bulk_create(Group(name=f"group {n}") for n in range(MANY_GROUPS + 2))
    members = users(5)
    Group.user_set.through.objects.bulk_create(
        Group.user_set.through(user=user, group=group)
        for user, group in zip(members, groups[-5:], strict=True)
    )
    group_type = ContentType.objects.get_for_model(Group)
    Subscription.objects.all().delete()
    Subscription.objects.bulk_create(
        Subscription(type=kind, group_type=group_type, group_id=str(group.pk), identity=str(n))
        for n, group in enumerate(groups)
    )

    assert people(notify("Hello", "a"), 2) == ordered(members)


def test_a_chunk_says_which_own_subscription_reached_each(users):
    alice, bob, carol = users("alice", "bob", "carol")
    post = Post.objects.create(title="1")
    subscribe(alice, "a", only_following=True)
    subscribe(alice, "a", post, media=["email"])
    counts = subscribe(alice, "a", post, filters={"language": "da"})
    following = subscribe(bob, "a", only_following=True)
    group = Group.objects.create(name="cooks")
    group.user_set.add(bob, carol)
    subscribe(group, "a")

    event = notify("Hello", "a", post, actors=[alice, bob])

    assert audience.next_chunk(event, 10).people == {
        alice.pk: counts.pk,
        bob.pk: following.pk,
        carol.pk: None,
    }


def test_everyone_is_walked_but_for_those_excluded(users):
    alice, bob, carol = users("alice", "bob", "carol")
    users("ghost", active=False)

    event = notify("Hello", "a", recipients=EVERYONE, exclude=bob)

    assert audience.next_chunk(event, 10).people == dict.fromkeys(ordered([alice, carol]))
    assert people(event, 1) == ordered([alice, carol])


@pytest.mark.parametrize(("field", "reached"), [("date_joined", 1), ("", 2), ("last_login", 2)])
def test_everyone_had_joined_when_it_happened(users, settings, field, reached):
    settings.REALTIME_NOTIFY = {"JOINED_FIELD": field}
    users("alice")
    event = notify("Hello", "a", recipients=EVERYONE)
    users("bob")

    assert len(people(event, 10)) == reached
    assert len(audience.members(event)) == reached


def test_the_number_of_statements_does_not_depend_on_the_size(users):
    members = users(8 * WINDOW)
    subscribe(company_of(members), "a", role="baker")
    for user in members:
        subscribe(user, "a", filters={"language": "da"})
    event = notify("Hello", "a", filters={"language": "da"}, actor=members[0])
    audience.next_chunk(event, 1)  # looks up content types, which are then known
    counted = []
    for size in (2, 7):
        with CaptureQueriesContext(connection) as queries:
            assert len(audience.next_chunk(event, size).people) == size
        counted.append(len(queries))

    assert counted[0] == counted[1] <= 11


@pytest.mark.parametrize(
    ("name", "reached"), [("to", "alice"), ("only", "alice"), ("exclude", "bob")]
)
def test_a_list_may_be_longer_than_a_statement_can_name(users, name, reached):
    alice, bob = users("alice", "bob")
    subscribe(alice, "a")
    subscribe(bob, "a")
    event = notify("Hello", "a", exclude=[alice])  # and forty thousand who are gone
    gone = (
        range(10**9, 10**9 + 40_000)
        if isinstance(alice.pk, int)
        else (str(uuid.uuid4()) for _ in range(40_000))
    )
    event.audience = {name: sorted([json_id(alice.pk), *gone])}

    assert people(event, 40_000) == [{"alice": alice, "bob": bob}[reached].pk]


def test_further_media_cost_a_constant_number_of_statements(users):
    people = users(12)
    for user in people[:6]:
        subscribe(user, "a", media=["email"])
    for user in people[3:]:
        subscribe(user, "a", filters={"language": "da"})
    stored = notify("Hello", "a")
    event = Event.objects.select_related("type").get(pk=stored.pk)
    counted = {}
    for media in (("inbox",), ("inbox", "email"), ("inbox", "email", "newsfeed")):
        for size in (3, 12):
            with CaptureQueriesContext(connection) as queries:
                chunk = audience.next_chunk(event, size, media)
            counted[len(media), size] = len(queries)
            assert set(chunk.others) == set(media) - {"inbox"}

    assert counted[1, 3] == counted[1, 12] == 4  # own, of groups, who is active, opt-outs
    # Of three people, whichever have the first keys, nobody may have chosen a medium.
    assert counted[2, 3] == counted[3, 3] <= counted[2, 12] == counted[3, 12] == 5
