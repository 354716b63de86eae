"""What waits follows when people change how often they want to be interrupted."""

from __future__ import annotations

from datetime import UTC, time, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from realtime_notify import outbox, subscribe
from realtime_notify.models import DeliveryProfile, Dispatch, DispatchItem, NotificationType
from tests.outbox.media import LETTER, LOG, PAGE

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

DAILY, WEEKLY, MONTHLY = 1440, 10080, 43200


@pytest.fixture(autouse=True)
def media(settings):
    settings.REALTIME_NOTIFY = {"MEDIA": (LETTER, PAGE, LOG)}


@pytest.fixture
def wait(send, alice):
    """Let events wait for Alice by letter: wait("demo/news", subscription=None)."""

    def wait(key="demo/news", subscription=None, medium="letter"):
        event = send("Hello", key, recipients=[])
        own = subscription and subscription.pk
        with transaction.atomic():
            outbox.write([event], {medium: {event.pk: {alice.pk: own}}}, {})
        return event

    return wait


@pytest.fixture
def profile(alice):
    return DeliveryProfile.objects.create(user=alice, interval=MONTHLY, time_zone="UTC")


@pytest.fixture
def change(commit, profile):
    """Save changes of Alice's profile: change(interval=0)."""

    def change(**columns):
        with commit():
            for name, value in columns.items():
                setattr(profile, name, value)
            profile.save()

    return change


def broken_policy(subscription):
    """Stand for a policy of the project that fails."""
    raise RuntimeError("The policy does not work.")


def waiting():
    rows = Dispatch.objects.filter(state="waiting").order_by("due_at")
    return [(row.medium_id, row.interval, row.items.count()) for row in rows]


def test_a_shorter_interval_brings_it_forward(wait, change):
    wait()
    wait()
    change(interval=0)
    assert waiting() == [("letter", 0, 2)]
    now = timezone.now()
    assert now < Dispatch.objects.get().due_at <= now + timedelta(minutes=2)


def test_a_longer_interval_puts_it_off(wait, change):
    change(interval=0)
    wait()
    change(interval=WEEKLY, weekday=3, hour=6)
    row = Dispatch.objects.get()
    assert (row.interval, row.due_at.weekday(), row.due_at.hour) == (WEEKLY, 3, 6)


@pytest.mark.parametrize(
    ("columns", "due"),
    [
        ({"hour": 17}, time(17)),
        ({"time_zone": "Asia/Kolkata", "hour": 9}, time(3, 30)),
        ({"quiet_from": time(5), "quiet_until": time(9, 30)}, time(9, 30)),
    ],
)
def test_another_hour_or_zone_or_quiet_hours_move_it(wait, change, columns, due):
    change(interval=DAILY, hour=8)
    wait()
    change(**columns)
    assert Dispatch.objects.get().due_at.astimezone(UTC).time() == due


def test_saving_the_same_again_changes_nothing(wait, change):
    change(interval=0)
    wait()
    before = list(Dispatch.objects.values_list("pk", "due_at"))
    change(interval=0, language="de")
    assert list(Dispatch.objects.values_list("pk", "due_at")) == before


def test_never_drops_what_waits_and_then_again_sends_no_backlog(wait, change):
    wait()
    change(interval=-1)
    row = Dispatch.objects.get()
    assert (row.state, row.reason, row.is_open) == ("dropped", "never", None)
    assert row.items.get().reason == "never"
    wait()
    change(interval=0)
    assert waiting() == []
    later = wait()
    assert waiting() == [("letter", 0, 1)]
    assert DispatchItem.objects.get(dispatch__state="waiting").event == later


def test_it_joins_what_waits_for_the_new_moment_already(wait, change, alice, commit):
    weekly = DeliveryProfile.objects.create(user=alice, interval=WEEKLY, time_zone="UTC", hour=7)
    own = subscribe(alice, "demo/hello", profile=weekly)
    wait("demo/news")
    wait("demo/hello", own)
    assert len(waiting()) == 2
    change(interval=WEEKLY, hour=7)
    assert waiting() == [("letter", WEEKLY, 2)]


def test_each_event_follows_its_own_subscription(wait, change, alice, commit):
    change(interval=WEEKLY)
    own = subscribe(alice, "demo/hello")
    wait("demo/news")
    wait("demo/hello", own)
    assert waiting() == [("letter", WEEKLY, 2)]
    silent = DeliveryProfile.objects.create(user=alice, interval=-1)
    with commit():
        subscribe(alice, "demo/hello", profile=silent)
    assert waiting() == [("letter", WEEKLY, 1)]
    assert DispatchItem.objects.get().event.type_id == "demo/news"


def test_deleting_a_profile_moves_what_waits_for_it_to_the_default(wait, profile, alice, commit):
    silent = DeliveryProfile.objects.create(user=alice, interval=WEEKLY, time_zone="UTC")
    own = subscribe(alice, "demo/hello", profile=silent)
    wait("demo/hello", own)
    with commit():
        silent.delete()
    assert waiting() == [("letter", MONTHLY, 1)]


def test_what_is_required_or_does_not_interrupt_stays(wait, change):
    change(interval=0)
    NotificationType.objects.update_or_create(key="demo/alarm", defaults={"required": True})
    wait("demo/alarm")
    wait("demo/news", medium="log")
    change(interval=-1)
    assert sorted(waiting()) == [("letter", 0, 1), ("log", 0, 1)]


def test_what_a_worker_has_taken_stays_with_it(wait, change):
    wait()
    Dispatch.objects.update(is_open=None, claimed_by="worker")
    change(interval=0)
    assert waiting() == [("letter", MONTHLY, 1)]


@pytest.mark.django_db(transaction=True)
def test_a_profile_is_saved_though_what_waits_cannot_be_moved(wait, alice, settings, caplog):
    profile = DeliveryProfile.objects.create(user=alice, interval=MONTHLY, time_zone="UTC")
    wait(subscription=subscribe(alice, "demo/news"))
    settings.REALTIME_NOTIFY = {
        **settings.REALTIME_NOTIFY,
        "FREQUENCY": f"{__name__}.broken_policy",
    }

    profile.interval = WEEKLY
    profile.save()

    profile.refresh_from_db()
    assert profile.interval == WEEKLY
    assert "The policy does not work." in caplog.text
    assert waiting() == [("letter", MONTHLY, 1)]
