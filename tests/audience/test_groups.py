from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from realtime_notify import audience, notify, subscribe
from realtime_notify.audience import groups
from realtime_notify.audience.groups import GroupKind, MembersTable, members_of, register_group
from realtime_notify.audience.legs import WINDOW
from realtime_notify.exceptions import InvalidRecipient
from tests.blog.models import Company, Employment, Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

User = get_user_model()


@pytest.fixture
def company(alice, bob):
    company = Company.objects.create(name="Acme")
    Employment.objects.create(user=alice, company=company, title="boss")
    Employment.objects.create(user=bob, company=company, title="clerk")
    return company


def test_a_group_subscribes_for_all_who_are_in_it_when_something_happens(alice, bob, carol):
    group = Group.objects.create(name="us")
    subscribe(group, "a")
    group.user_set.add(alice)
    assert list(audience.members(notify("Hello", "a"))) == [alice]

    group.user_set.set([bob, carol])

    assert set(audience.members(notify("Hello", "a"))) == {bob, carol}


def test_any_model_can_be_a_group_and_have_roles(alice, bob, company):
    subscribe(company, "a", role="boss")
    assert list(audience.members(notify("Hello", "a"))) == [alice]

    subscribe(company, "b")
    assert set(audience.members(notify("Hello", "b"))) == {alice, bob}


def test_a_group_may_be_named_as_recipient(alice, bob, company):
    assert set(audience.members(notify("Hello", "a", recipients=company))) == {alice, bob}
    assert set(members_of(company, "clerk")) == {bob}


def test_a_person_reached_in_several_ways_is_there_once(alice, company):
    subscribe(alice, "a")
    subscribe(company, "a")
    subscribe(company, "a", role="boss")

    assert [one for one in audience.members(notify("Hello", "a")) if one == alice] == [alice]


@pytest.fixture
def registering():
    """Forget what a test registers."""
    known = dict(groups._registered)
    yield
    groups._registered.clear()
    groups._registered.update(known)


@pytest.mark.parametrize("members", ["groups__permissions", "user_permissions"])
@pytest.mark.parametrize("count", [2, 3 * WINDOW])
def test_a_group_may_be_one_relation_away_or_two(users, registering, members, count):
    register_group(Permission, members=members)
    permission = Permission.objects.first()
    strangers, inside = users(3), users(count)
    if members == "user_permissions":
        permission.user_set.set(inside)
    else:
        cooks, waiters = (Group.objects.create(name=name) for name in ("cooks", "waiters"))
        cooks.permissions.add(permission)
        cooks.user_set.set(inside)
        waiters.user_set.set(strangers)
    subscribe(permission, "a")
    event = notify("Hello", "a")

    assert audience.next_chunk(event, count).people.keys() == {user.pk for user in inside}
    assert len(audience.next_chunk(event, 1).people) == 1


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (GroupKind(Group, "groups"), (User.groups.through, "user__pk", "group__pk", "")),
        (
            GroupKind(Company, "employment__company", "employment__title"),
            (Employment, "user__pk", "company__pk", "title"),
        ),
        (
            GroupKind(Permission, "groups__permissions", "groups__name"),
            (User.groups.through, "user__pk", "group__permissions__pk", "group__name"),
        ),
        (
            GroupKind(ContentType, "logentry__content_type", "username"),
            (User, "pk", "logentry__content_type__pk", "username"),
        ),
    ],
)
def test_the_table_of_members_is_found_by_the_look_up(kind, table):
    assert kind.members_table() == MembersTable(*table)


def test_memberships_have_their_roles(alice, company):
    Group.objects.create(name="us").user_set.add(alice)

    found = {(one.group_id, one.role) for one in groups.memberships_of(alice.pk)}

    assert (str(company.pk), "boss") in found
    assert len(found) == 2


def test_what_is_no_group_is_refused_by_name(alice):
    post = Post.objects.create(title="1")

    with pytest.raises(InvalidRecipient, match=r"register_group\(Post, members="):
        members_of(post)
    with pytest.raises(InvalidRecipient, match="cannot be looked up by 'nonsense'"):
        register_group(Post, members="nonsense")
    with pytest.raises(InvalidRecipient, match="is for groups"):
        subscribe(alice, "a", role="boss")
    with pytest.raises(InvalidRecipient, match="No role look-up is registered"):
        subscribe(Group.objects.create(name="us"), "a", role="boss")
