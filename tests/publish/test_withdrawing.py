"""`withdraw()`: an event that is taken back."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from realtime_notify import (
    EVERYONE,
    awithdraw,
    mark_read,
    notifications_disabled,
    notify,
    subscribe,
    unread_count,
    withdraw,
)
from realtime_notify.delivery import deliver, sweep
from realtime_notify.inbox import archive, broadcasts, counts, page, snooze, sync
from realtime_notify.models import Event, Inbox, Medium, Notification
from realtime_notify.sending import Sent, send_due
from realtime_notify.work import Work, run_due

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def take_back(commit, settings):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0}

    def take_back(event):
        with commit():
            return withdraw(event)

    return take_back


def messages(user):
    return [item["message"] for item in page(user)["put"]]


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


def test_an_event_of_the_same_transaction_is_never_delivered(alice, commit, settings):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0}
    with commit():
        event = notify("Oops", "a", recipients=[alice])
        notify("Other", "a", recipients=[alice])
        withdraw(event)

    assert messages(alice) == ["Other"]
    assert counts(alice)["rev"] == 1


def test_a_planned_delivery_does_not_happen(alice, send, take_back):
    event = send("Later", "a", recipients=[alice], deliver_at=timezone.now() + timedelta(hours=1))

    take_back(event)
    Event.objects.update(deliver_at=timezone.now() - timedelta(hours=1))
    run_due()

    assert messages(alice) == []
    assert not Inbox.objects.exists()


def test_a_delivery_that_is_under_way_stops(users, settings, send, take_back):
    settings.REALTIME_NOTIFY = {"CHUNK_SIZE": 2, "INLINE_RECIPIENTS": 2, "INLINE_SECONDS": 60.0}
    people = users(5)
    event = send("Oops", "a", recipients=people)
    stale = Event.objects.get()
    assert sum(counts(user)["unread"] for user in people) == 2

    take_back(event)

    assert deliver(stale) is False
    assert sweep() == 0
    assert [counts(user)["unread"] for user in people] == [0] * 5


def test_stragglers_never_get_it(users, send, take_back):
    people = users(2)
    event = send("Oops", "a", recipients=people[:1])
    Event.objects.update(
        delivered_at=None, due_at=timezone.now(), stragglers=[[people[1].pk, None]]
    )
    stale = Event.objects.get()

    take_back(event)

    assert deliver(stale) is False
    run_due()
    assert messages(people[1]) == []


def test_no_inbox_takes_a_withdrawn_broadcast_in_any_more(alice, bob, send, take_back):
    event = send("Oops", "a", recipients=EVERYONE, lazy=True)
    send("Other", "a", recipients=EVERYONE, lazy=True)
    broadcasts.take_in([alice.pk])

    take_back(event)

    assert messages(alice) == messages(bob) == ["Other"]
    assert unread_count(bob) == 1
    assert Notification.objects.filter(event=event, user=bob).count() == 0
    assert counts(bob)["rev"] == 1


def test_a_broadcast_that_is_withdrawn_before_it_has_a_number_never_gets_one(
    alice, settings, commit, take_back
):
    event = notify("Oops", "a", recipients=EVERYONE, lazy=True)

    take_back(event)
    run_due()

    event.refresh_from_db()
    assert event.number is None
    assert messages(alice) == []


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


def test_large_audiences_are_left_to_the_worker(users, settings, send, take_back):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2}
    people = users(7)
    event = send("Oops", "a", recipients=people)
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2, "INLINE_RECIPIENTS": 3}

    take_back(event)
    assert sum(counts(user)["unread"] for user in people) == 4

    assert run_due() == Work(removed=1)
    assert [counts(user)["unread"] for user in people] == [0] * 7


def test_many_withdrawals_of_one_commit_share_one_budget(users, settings, send, commit):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "INLINE_RECIPIENTS": 5}
    people = users(2)
    events = [send(f"Oops {number}", "a", recipients=people) for number in range(4)]

    with commit():
        for event in events:
            withdraw(event)

    assert sum(counts(user)["unread"] for user in people) == 3
    assert run_due() == Work(removed=2)


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


def shown(user):
    return [(item["message"], item["occurrences"], item["read"]) for item in page(user)["put"]]


def test_a_notification_goes_back_to_the_event_before(alice, send, take_back):
    told = {"recipients": [alice], "collapse_key": "thread 7"}
    send("Ann wrote", "a", **told)
    send("Ben wrote", "a", **told)
    last = send("Eve wrote", "a", **told)
    before = counts(alice)

    take_back(last)

    assert shown(alice) == [("Ben wrote", 2, False)]
    assert counts(alice) == {**before, "rev": 4}
    (item,) = sync(alice, 3)["put"]
    assert (item["message"], item["seq"]) == ("Ben wrote", 3)


def test_browsers_see_the_event_before(alice, send, take_back, pushed):
    told = {"recipients": [alice], "collapse_key": "thread 7"}
    send("Ann wrote", "a", **told)
    last = send("Eve wrote", "a", **told)
    pushed.clear()

    take_back(last)

    (message,) = pushed
    (item,) = message["frame"]["put"]
    assert (message["frame"]["rev"], message["frame"]["unread"]) == (3, 1)
    assert (item["message"], item["occurrences"], item["rev"]) == ("Ann wrote", 1, 3)


def test_all_repeats_can_be_withdrawn_one_after_the_other(alice, send, take_back):
    events = [send("Again", "a", recipients=[alice]) for _ in range(3)]

    for event, left in zip(reversed(events), (2, 1, 0), strict=True):
        take_back(event)
        assert [count for _, count, _ in shown(alice)] == ([left] if left else [])

    assert counts(alice)["unread"] == 0


def test_an_event_that_repeats_have_replaced_leaves_no_trace_to_remove(alice, send, take_back):
    first = send("Again", "a", recipients=[alice])
    second = send("Again", "a", recipients=[alice])

    take_back(first)
    assert shown(alice) == [("Again", 2, False)]

    take_back(second)
    assert shown(alice) == []


def test_nobody_is_shown_an_event_before_that_was_for_others(alice, bob, send, take_back):
    told = {"collapse_key": "thread 7"}
    send("For Alice", "a", recipients=[alice], **told)
    send("For Bob", "a", recipients=[bob], **told)
    send("For Alice", "a", recipients=[alice], **told)
    last = send("For both", "a", recipients=[alice, bob], **told)

    take_back(last)

    assert shown(alice) == [("For Alice", 2, False)]
    assert shown(bob) == [("For Bob", 1, False)]


def test_an_event_that_has_a_notification_of_its_own_is_not_shown_twice(alice, send, take_back):
    send("Again", "a", recipients=[alice])
    mark_read(alice, upto=1)
    send("Again", "a", recipients=[alice])
    last = send("Again", "a", recipients=[alice])

    take_back(last)

    assert shown(alice) == [("Again", 1, False), ("Again", 1, True)]


def test_a_broadcast_that_the_inbox_lacks_is_no_event_before(alice, send, take_back):
    told = {"collapse_key": "all"}
    send("To everybody", "a", recipients=EVERYONE, lazy=True, **told)
    send("One", "a", recipients=[alice], **told)
    last = send("Two", "a", recipients=[alice], **told)

    take_back(last)
    row = Notification.objects.get()
    assert row.event.message == "One"

    assert shown(alice) == [("One", 2, False)]


def test_an_event_that_was_never_saved_is_nowhere(alice):
    with notifications_disabled():
        event = notify("Oops", "a", recipients=[alice])

    assert withdraw(event) is False


@pytest.mark.django_db(transaction=True)
def test_it_can_be_awaited(alice):
    event = notify("Oops", "a", recipients=[alice])

    assert asyncio.run(awithdraw(event)) is True

    assert messages(alice) == []
