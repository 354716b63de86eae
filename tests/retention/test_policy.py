"""What a policy gives up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from realtime_notify.inbox import archive, delete, mark_read, snooze
from realtime_notify.models import Event, Notification
from realtime_notify.retention import Policy, configured
from tests.retention.conftest import DAYS

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def inbox(alice, fill):
    """Two notifications in each state: the first of a state is 100 days old, the second new."""
    names = ("unread", "read", "archived", "deleted", "snoozed")
    made = fill(alice, count=2 * len(names))
    rows = {name: made[2 * place : 2 * place + 2] for place, name in enumerate(names)}
    pks = {name: [row.pk for row in pair] for name, pair in rows.items()}
    mark_read(alice, ids=pks["read"])
    archive(alice, ids=pks["archived"])
    delete(alice, ids=pks["deleted"])
    snooze(alice, ids=pks["snoozed"], until=timezone.now() + DAYS)
    return rows


def doomed(policy, user):
    return set(Notification.objects.filter(policy.doomed([user.pk])).values_list("pk", flat=True))


@pytest.mark.parametrize("state", ["read", "archived", "deleted", "unread"])
def test_a_state_is_given_up_by_the_time_since_which_it_lasts(state, alice, inbox, aged):
    for old, _ in inbox.values():
        aged([old], days=100)

    assert doomed(Policy(**{state: 99 * DAYS}), alice) == {inbox[state][0].pk}
    assert doomed(Policy(**{state: 101 * DAYS}), alice) == set()


def test_the_newest_are_kept_and_unread_and_snoozed_ones_always(alice, inbox):
    shown = [row.pk for name in ("read", "archived") for row in inbox[name]]

    assert doomed(Policy(keep=8), alice) == set()
    assert doomed(Policy(keep=5), alice) == {shown[0]}
    assert doomed(Policy(keep=1), alice) == {*shown, *(row.pk for row in inbox["deleted"])}


def test_snoozed_ones_are_never_given_up(alice, inbox, aged):
    aged([row for pair in inbox.values() for row in pair], days=100)
    everything = Policy(
        **dict.fromkeys(("read", "archived", "deleted", "unread", "expired"), DAYS), keep=1
    )

    left = Notification.objects.exclude(pk__in=doomed(everything, alice))

    assert set(left) == set(inbox["snoozed"])


def test_those_of_an_expired_event_are_given_up_once_they_were_removed(alice, inbox):
    expired = [inbox["deleted"][0].event_id, inbox["read"][0].event_id]
    Event.objects.filter(pk__in=expired).update(expires_at=timezone.now() - 2 * DAYS)

    assert doomed(Policy(expired=DAYS), alice) == {inbox["deleted"][0].pk}
    assert doomed(Policy(expired=3 * DAYS), alice) == set()


def test_a_postponed_event_is_as_old_as_its_arrival(alice, inbox, aged):
    aged(inbox["unread"], days=100)
    event = Event.objects.filter(pk=inbox["unread"][0].event_id)
    event.update(deliver_at=timezone.now() - 10 * DAYS)

    assert doomed(Policy(unread=50 * DAYS), alice) == {inbox["unread"][1].pk}


def test_the_setting_counts_days(settings):
    settings.REALTIME_NOTIFY = {"RETENTION": {"read": 90, "keep": 1000}}

    assert configured() == Policy(read=timedelta(days=90), keep=1000)


def test_without_the_setting_nothing_is_given_up():
    assert configured() is None


@pytest.mark.parametrize("wrong", [{"read": -DAYS}, {"keep": 0}, {"events": -DAYS}])
def test_an_impossible_policy_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Policy(**wrong)
