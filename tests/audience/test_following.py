"""Who follows whom: the default policy, and a project's own."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType

from realtime_notify import audience, notify, subscribe
from realtime_notify.audience.following import Following
from tests.blog.models import Company, Employment, Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def texts(events):
    return [event.message for event in events]


def reference(instance):
    return ContentType.objects.get_for_model(instance).pk, str(instance.pk)


def followers(*actors):
    users = get_user_model().objects.filter(Following().followers_of(map(reference, actors)))
    return sorted(user.username for user in users)


@pytest.fixture
def company(alice, bob):
    """A company that Alice and Bob work for."""
    company = Company.objects.create(name="Acme")
    for user in (alice, bob):
        Employment.objects.create(user=user, company=company, title="clerk")
    return company


class BossFirst:
    """A policy of a project's own: everybody follows the boss, and nobody else."""

    def followed_by(self, user_id):
        from django.contrib.auth import get_user_model
        from django.contrib.contenttypes.models import ContentType

        boss = get_user_model().objects.get(username="boss")
        return [(ContentType.objects.get_for_model(boss).pk, str(boss.pk))]

    def followers_of(self, actors):
        from django.db.models import Q

        is_boss = self.followed_by(None)[0] in list(actors)
        return ~Q(pk__in=()) if is_boss else Q(pk__in=())


def test_the_following_setting_decides_who_follows_whom(newsfeed, users, settings):
    boss, alice, _ = users("boss", "alice", "bob")
    team = Group.objects.create(name="team")
    team.user_set.add(alice)
    settings.REALTIME_NOTIFY = {"FOLLOWING": "tests.audience.test_following.BossFirst"}
    subscribe(team, "photo/tag", only_following=True)
    notify("Of the boss", "photo/tag", actor=boss)
    notify("Of Alice", "photo/tag", actor=alice)

    assert texts(newsfeed.events()) == texts(newsfeed.events_for(alice)) == ["Of the boss"]
    assert [who for _, who in newsfeed.events_with_recipients()] == [[alice]]


def test_users_follow_themselves_and_their_groups(alice, carol, company):
    cooks = Group.objects.create(name="cooks")
    cooks.user_set.add(alice)

    assert set(Following().followed_by(alice.pk)) == {
        reference(alice),
        reference(cooks),
        reference(company),
    }
    assert Following().followed_by(carol.pk) == [reference(carol)]


def test_a_user_is_followed_by_that_user_and_a_group_by_its_members(alice, bob, carol, company):
    assert followers(carol) == ["carol"]
    assert followers(company) == ["alice", "bob"]
    assert followers(company, carol) == ["alice", "bob", "carol"]


def test_other_objects_have_no_followers(alice):
    assert followers(Post.objects.create(title="1")) == []
    assert followers() == []


def test_a_subscription_to_followed_actors_ignores_other_actors(alice, bob):
    subscribe(alice, "photo/tag", only_following=True)

    own = notify("Of Alice", "photo/tag", actor=alice)
    other = notify("Of Bob", "photo/tag", actor=bob)

    assert list(audience.members(own)) == [alice]
    assert list(audience.members(other)) == []
