from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from realtime_notify import audience, notify, opt_in, opt_out, subscribe, unsubscribe
from realtime_notify.exceptions import (
    InvalidKey,
    InvalidMedium,
    InvalidNotification,
    InvalidRecipient,
    NotAllowed,
)
from realtime_notify.models import NotificationType, OptOut, TypeGroup
from realtime_notify.subscriptions.optouts import is_opted_out
from tests.blog.models import Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def hears(user, key, target=None, medium="inbox", **kwargs):
    event = notify("Hello", key, target, **kwargs)
    return user in audience.members(event, medium)


def test_an_opt_out_beats_every_subscription_and_survives_subscribing_again(alice):
    subscribe(alice, "a")
    opt_out(alice, "a")
    assert not hears(alice, "a")

    unsubscribe(alice, "a")
    subscribe(alice, "a")
    assert not hears(alice, "a")

    assert opt_in(alice, "a") == 1
    assert hears(alice, "a")
    assert opt_in(alice, "a") == 0


def test_an_opt_out_beats_being_named_outright(alice, bob):
    opt_out(alice, "a")

    event = notify("Hello", "a", recipients=[alice, bob])

    assert list(audience.members(event)) == [bob]


def test_an_opt_out_without_a_key_covers_every_type(alice):
    subscribe(alice, "a")
    subscribe(alice, "b")

    opt_out(alice)

    assert not hears(alice, "a")
    assert not hears(alice, "b")


def test_an_opt_out_may_be_of_one_target_or_one_medium(alice):
    one, other = Post.objects.create(title="1"), Post.objects.create(title="2")
    subscribe(alice, "a")

    opt_out(alice, "a", one)
    assert not hears(alice, "a", one)
    assert hears(alice, "a", other)
    assert hears(alice, "a")

    opt_out(alice, "a", medium="email")
    assert hears(alice, "a", other, medium="inbox")
    assert not hears(alice, "a", other, medium="email")


def test_an_opt_out_can_cover_a_group_of_types(alice):
    group = TypeGroup.objects.create(name="social")
    NotificationType.objects.create(key="like", group=group)
    for key in ("like", "alarm"):
        subscribe(alice, key)

    opt_out(alice, group="social")

    assert not hears(alice, "like")
    assert hears(alice, "alarm")


def test_opting_out_twice_is_the_same_as_once_and_exact(alice, bob):
    assert opt_out(alice, "a") == opt_out(alice, "a")
    opt_out(alice, "a", medium="email")

    assert OptOut.objects.count() == 2
    assert is_opted_out(alice, "a")
    assert is_opted_out(alice, "a", medium="email")
    assert not is_opted_out(alice, "a", medium="inbox")
    assert not is_opted_out(alice)
    assert not is_opted_out(bob, "a")


def test_bad_arguments_are_refused_by_name(alice):
    with pytest.raises(InvalidRecipient, match="only saved users can opt out"):
        opt_out(AnonymousUser())
    with pytest.raises(InvalidKey):
        opt_out(alice, "with space")
    with pytest.raises(InvalidMedium, match="no medium 'pigeon'; there are: email, inbox"):
        opt_out(alice, "a", medium="pigeon")
    with pytest.raises(InvalidNotification, match="not both"):
        opt_out(alice, "a", group="social")


def test_nobody_can_opt_out_of_a_type_that_is_required(alice):
    subscribe(alice, "a")
    opt_out(alice, "a", medium="email")
    opt_out(alice)
    NotificationType.objects.filter(key="a").update(required=True)

    with pytest.raises(NotAllowed, match="Nobody can opt out of 'a': the type is required"):
        opt_out(alice, "a")

    assert hears(alice, "a")
    assert hears(alice, "a", medium="email")
    assert OptOut.objects.count() == 2
