"""`withdraw()`: an event that is taken back."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from realtime_notify import (
    awithdraw,
    mark_read,
    notifications_disabled,
    notify,
    subscribe,
    withdraw,
)
from realtime_notify.inbox import archive, counts, page, snooze, sync
from realtime_notify.models import Event, Medium, Notification
from realtime_notify.sending import Sent, send_due
from realtime_notify.work import Work, run_due
from tests.publish.conftest import messages

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_a_withdrawn_event_leaves_every_inbox_and_its_counters(alice, bob, carol, send, take_back):
    event = send("Oops", "a", recipients=[alice, bob, carol])
    send("Other", "a", recipients=[alice])
    mark_read(bob, upto=1)
    archive(carol, upto=1)

    assert take_back(event) is True

    assert messages(alice) == ["Other"]
    assert counts(alice) == {"rev": 3, "unread": 1, "unseen": 1}
    assert counts(bob) == {"rev": 3, "unread": 0, "unseen": 0}
    assert page(carol, archived=True)["put"] == []
    assert sync(alice, 2)["put"][0]["deleted"] is True


def test_browsers_see_it_vanish(alice, send, take_back, pushed):
    event = send("Oops", "a", recipients=[alice])
    pk = Notification.objects.get().pk
    pushed.clear()

    take_back(event)

    (message,) = pushed
    assert message["frame"] == {"rev": 2, "unread": 0, "unseen": 0, "delete": {"ids": [pk]}}


def test_withdrawing_again_does_nothing(alice, send, take_back):
    event = send("Oops", "a", recipients=[alice])
    take_back(event)
    before, since = counts(alice), Event.objects.get().withdrawn_at

    assert take_back(event) is False
    assert take_back(Event.objects.get()) is False

    assert counts(alice) == before
    assert Event.objects.get().withdrawn_at == since


def test_the_instance_knows_that_it_is_withdrawn(alice, send, take_back):
    event = send("Oops", "a", recipients=[alice])

    take_back(event)

    there = Event.objects.get()
    assert event.withdrawn_at == there.withdrawn_at is not None
    assert event.due_at is there.due_at is None
    assert there.removal_due_at is None


def test_a_rollback_withdraws_nothing(alice, send, commit):
    event = send("Oops", "a", recipients=[alice])

    with commit():
        try:
            with transaction.atomic():
                withdraw(event)
                raise ValueError
        except ValueError:
            pass

    assert messages(alice) == ["Oops"]
    assert Event.objects.get().withdrawn_at is None
    assert run_due() == Work()


def test_nothing_leaves_before_the_commit(alice, send, commit):
    event = send("Oops", "a", recipients=[alice])

    with commit():
        withdraw(event)
        assert messages(alice) == ["Oops"]

    assert messages(alice) == []


def test_a_rolled_back_withdrawal_lets_no_other_change_of_its_commit_remove_it_early(
    alice, send, commit
):
    kept = send("Kept", "a", recipients=[alice], expires_at=timezone.now() + timedelta(days=1))
    gone = send("Gone", "a", recipients=[alice])

    with commit():
        withdraw(gone)
        try:
            with transaction.atomic():
                withdraw(kept)
                raise ValueError
        except ValueError:
            pass

    assert messages(alice) == ["Kept"]


def test_feeds_do_not_show_it_even_if_they_show_what_has_expired(alice, send, take_back):
    medium = Medium.objects.create(name="feed")
    subscribe(alice, "a", media=["feed"])
    event = send("Oops", "a")
    assert list(medium.events_for(alice)) == [event]

    take_back(event)

    assert list(medium.events_for(alice, include_expired=True)) == []
    assert list(medium.events(include_expired=True)) == []


def test_it_cannot_be_restored(alice, send, take_back):
    event = send("Oops", "a", recipients=[alice])

    take_back(event)

    assert Notification.objects.all().mark_all_as_active() == 0
    assert messages(alice) == []


def test_a_snoozed_notification_of_it_does_not_wake(alice, send, take_back):
    event = send("Oops", "a", recipients=[alice])
    until = (timezone.now() + timedelta(hours=1)).isoformat()
    snooze(alice, ids=[Notification.objects.get().pk], until=until)

    take_back(event)
    Notification.objects.update(snoozed_until=timezone.now() - timedelta(hours=1))
    run_due()

    assert messages(alice) == []
    assert counts(alice)["unread"] == 0


def test_what_has_expired_can_be_withdrawn_as_well(alice, send, take_back):
    medium = Medium.objects.create(name="feed")
    subscribe(alice, "a")
    event = send("Sale", "a", expires_at=timezone.now() + timedelta(hours=1))
    past = timezone.now() - timedelta(seconds=1)
    Event.objects.update(expires_at=past, removal_due_at=past)
    run_due()
    before = counts(alice)

    assert take_back(event) is True

    assert counts(alice) == before
    assert list(medium.events(include_expired=True)) == []


def test_mails_that_wait_are_not_sent(alice, send, take_back, settings):
    settings.REALTIME_NOTIFY = {
        **settings.REALTIME_NOTIFY, "MEDIA": ["email"], "BASE_URL": "https://example.com",
    }  # fmt: skip
    event = send("The cellar is on fire", "ops/alarm", recipients=[alice])
    take_back(event)

    assert send_due(now=timezone.now() + timedelta(hours=1)) == Sent(dropped=1)
    assert mail.outbox == []


def test_its_dedupe_key_stays_taken(alice, send, take_back):
    event = send("Oops", "a", recipients=[alice], dedupe_key="once")
    take_back(event)

    assert send("Oops", "a", recipients=[alice], dedupe_key="once") == event

    assert messages(alice) == []


def test_the_same_said_again_arrives(alice, send, take_back):
    take_back(send("Oops", "a", recipients=[alice]))

    send("Oops", "a", recipients=[alice])

    assert messages(alice) == ["Oops"]
    assert counts(alice)["unread"] == 1


def test_an_event_that_was_never_saved_is_nowhere(alice):
    with notifications_disabled():
        event = notify("Oops", "a", recipients=[alice])

    assert withdraw(event) is False


@pytest.mark.django_db(transaction=True)
def test_it_can_be_awaited(alice):
    event = notify("Oops", "a", recipients=[alice])

    assert asyncio.run(awithdraw(event)) is True

    assert messages(alice) == []
