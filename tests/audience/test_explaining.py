"""Why an event reaches somebody or not: each rule by its name, and never against delivery."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from realtime_notify import EVERYONE, audience, delivery, notify, opt_out, subscribe
from realtime_notify.audience import Reason
from realtime_notify.models import DispatchItem, Notification, NotificationType, Subscription
from realtime_notify.models.profiles import NEVER
from realtime_notify.outbox import rhythms_of
from tests.audience.specs import EVENTS, SETUPS, Scene
from tests.settings import EXAMPLES

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture(autouse=True)
def mail(settings: Any) -> None:
    """E-mail is on."""
    settings.REALTIME_NOTIFY = {"MEDIA": ["email"]}


def reasons(event: Any, user: Any) -> list[Reason | None]:
    """Return what the rules say of the inbox and of e-mail."""
    verdicts = audience.explain(event, user)
    assert [verdict.medium for verdict in verdicts] == ["inbox", "email"]
    return [verdict.reason for verdict in verdicts]


def test_who_is_reached_is_reached_by_a_subscription_of_theirs(alice):
    subscription = subscribe(alice, "a")

    inbox, email = audience.explain(notify("Hello", "a"), alice)

    assert (inbox.reason, inbox.subscription) == (None, subscription)
    assert (email.reason, email.subscription) == (None, subscription)


def test_who_is_reached_by_a_group_hears_of_the_groups_subscription(alice):
    group = Group.objects.create(name="cooks")
    group.user_set.add(alice)
    subscribe(alice, "a", only_following=True)
    subscription = subscribe(group, "a")

    inbox, _ = audience.explain(notify("Hello", "a"), alice)

    assert (inbox.reason, inbox.subscription) == (None, subscription)


def test_whom_an_event_names_or_does_not_name(users):
    alice, bob = users("alice", "bob")
    (ghost,) = users("ghost", active=False)
    for user in (alice, bob, ghost):
        subscribe(user, "a")

    def both(event: Any, user: Any) -> Reason | None:
        said = reasons(event, user)
        assert said[0] is said[1]
        return said[0]

    assert both(notify("Hello", "a", recipients=alice), alice) is None
    assert both(notify("Hello", "a", recipients=alice), bob) is Reason.NOT_NAMED
    assert both(notify("Hello", "a", recipients=EVERYONE), bob) is None
    assert both(notify("Hello", "a", exclude=[bob]), bob) is Reason.EXCLUDED
    assert both(notify("Hello", "a", recipient_users=[alice]), bob) is Reason.NOT_AMONG
    assert both(notify("Hello", "a"), ghost) is Reason.INACTIVE


def test_who_joined_later_is_not_one_of_everyone(alice):
    event = notify("Hello", "a", recipients=EVERYONE)
    alice.date_joined = timezone.now() + timedelta(days=1)
    alice.save()

    assert reasons(event, alice) == [Reason.JOINED_LATER] * 2


def test_an_opt_out_is_named(alice):
    subscribe(alice, "a")
    row = opt_out(alice, "a", medium="email")

    inbox, email = audience.explain(notify("Hello", "a"), alice)

    assert inbox.reason is None
    assert (email.reason, email.opt_out) == (Reason.OPTED_OUT, row)


def test_an_opt_out_of_a_further_topic_is_named(alice):
    subscription = subscribe(alice, "b")
    row = opt_out(alice, "b")

    inbox, _ = audience.explain(notify("Hello", "a", also=[("b",)]), alice)

    assert inbox == ("inbox", Reason.OPTED_OUT_OF_TOPIC, subscription, row)


def test_an_opt_out_of_a_type_that_is_required_keeps_nothing_away(alice):
    subscribe(alice, "a")
    opt_out(alice)
    NotificationType.objects.filter(pk="a").update(required=True)

    assert reasons(notify("Hello", "a"), alice) == [None, None]


def test_each_way_in_which_a_subscription_fails_has_a_name(alice, bob):
    assert reasons(notify("Hello", "none"), alice) == [Reason.NOT_SUBSCRIBED] * 2

    paused = subscribe(alice, "paused")
    Subscription.objects.filter(pk=paused.pk).update(active=False)
    assert reasons(notify("Hello", "paused"), alice) == [Reason.PAUSED] * 2

    event = notify("Hello", "younger")
    subscribe(alice, "younger")
    assert reasons(event, alice) == [Reason.YOUNGER] * 2

    subscribe(alice, "filtered", filters={"language": "da"})
    event = notify("Hello", "filtered", filters={"language": "de"})
    assert reasons(event, alice) == [Reason.FILTERED] * 2

    subscribe(alice, "cut")
    assert (
        reasons(notify("Hello", "cut", filter_exclude={"user": alice}), alice) == [Reason.CUT] * 2
    )

    subscribe(alice, "followed", only_following=True)
    assert reasons(notify("Hello", "followed"), alice) == [Reason.NOT_FOLLOWING] * 2
    assert reasons(notify("Hello", "followed", actor=bob), alice) == [Reason.NOT_FOLLOWING] * 2

    subscribe(alice, "chosen", media=["inbox"])
    said = reasons(notify("Hello", "chosen"), alice)
    assert said == [None, Reason.MEDIA_OF_SUBSCRIPTION]

    subscribe(alice, "typed")
    NotificationType.objects.filter(pk="typed").update(media=["email"])
    assert reasons(notify("Hello", "typed"), alice) == [Reason.MEDIA_OF_TYPE, None]
    event = notify("Hello", "typed", recipients=alice)
    assert reasons(event, alice) == [Reason.MEDIA_OF_TYPE, None]


def test_the_subscription_that_came_nearest_is_named(alice):
    subscribe(alice, "a", filters={"language": "da"})
    nearest = subscribe(alice, "a", media=["email"])

    inbox, _ = audience.explain(notify("Hello", "a", filters={"language": "de"}), alice)

    assert (inbox.reason, inbox.subscription) == (Reason.MEDIA_OF_SUBSCRIPTION, nearest)


@hypothesis_settings(
    deadline=None, suppress_health_check=list(HealthCheck), max_examples=EXAMPLES // 2
)
@given(setup=SETUPS, spec=EVENTS)
def test_an_explanation_agrees_with_what_delivery_did(users, setup, spec):
    with transaction.atomic():
        scene = Scene(users, setup)
        event = scene.notify(spec)
        delivery.deliver(event)
        notified = set(Notification.objects.values_list("user", flat=True))
        queued = set(DispatchItem.objects.values_list("dispatch__user", flat=True))

        for user in scene.people:
            inbox, email = audience.explain(event, user)
            assert (inbox.reason is None) == (user.pk in notified)
            own = email.subscription and email.subscription.user_id and email.subscription.pk
            wanted = wants(user, own, event.type)
            assert (email.reason is None and wanted) == (user.pk in queued)
        transaction.set_rollback(True)


def wants(user: Any, subscription: int | None, of_type: NotificationType) -> bool:
    """Tell whether somebody wants mail at all."""
    pair = (user.pk, subscription)
    return of_type.required or rhythms_of([pair])[pair].interval != NEVER
