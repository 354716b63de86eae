"""Two years of messages by the clock: delivery, choices, reading and sending, on the real tables.

People in zones with and without daylight saving are notified, change their profiles, read, and opt
out and in again, while a worker runs at fixed times or is down. Whatever happens, each event leaves
at most once; unless it was read or is no longer wanted, it leaves once; never before its moment
or in quiet hours; and with the first run after it that is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import TestCase
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_notify import mark_read, notify, opt_in, opt_out
from realtime_notify.models import DeliveryProfile, Dispatch, Event, Inbox
from realtime_notify.models.profiles import NEVER
from realtime_notify.outbox import Rhythm, due_at
from realtime_notify.outbox.windows import after_quiet_hours
from realtime_notify.sending import send_due
from tests.outbox.media import POST, Post

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
DELAY = 60.0
RUN = timedelta(minutes=10)
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
)
KEY = "demo/news"


class Clock:
    """The time of the simulation."""

    now = START

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Expected:
    """An event that is to reach somebody, if nothing happens to it before."""

    user: Any
    event: int
    happened: datetime
    interval: int
    due: datetime
    taken: bool = False
    """Whether a run has taken it and left it for after quiet hours."""


class World:
    """People, a worker, and what each of them is to be sent."""

    def __init__(self, clock: Clock, people: list[Rhythm]) -> None:
        self.clock = clock
        model = get_user_model()
        self.users = [
            model._default_manager.create(username=f"person{number}", email=f"p{number}@x.org")
            for number in range(len(people))
        ]
        self.rhythms = dict(enumerate(people))
        self.silent: set[int] = set()
        self.waiting: list[Expected] = []
        self.down_until = START
        self.sent = 0
        for number, rhythm in enumerate(people):
            self._save_profile(number, rhythm)

    def notify(self, _: Any) -> None:
        """Tell everybody of something."""
        now = self.clock.now
        event = notify(f"At {now}", KEY, recipients=self.users)
        Event.objects.filter(pk=event.pk).update(created=now)
        for number, user in enumerate(self.users):
            rhythm = self.rhythms[number]
            due = due_at(rhythm, now, DELAY)
            if due is not None and number not in self.silent:
                self.waiting.append(Expected(user, event.pk, now, rhythm.interval, due))

    def choose(self, chosen: tuple[int, Rhythm]) -> None:
        """Change the profile of somebody."""
        number, rhythm = chosen
        self.rhythms[number] = rhythm
        self._save_profile(number, rhythm)
        mine = [one for one in self.waiting if one.user == self.users[number] and not one.taken]
        for one in mine:
            first = due_at(rhythm, one.happened, DELAY)
            again = due_at(rhythm, self.clock.now, DELAY)
            if first is None or again is None:
                self.waiting.remove(one)
            elif (rhythm.interval, first) != (one.interval, one.due):
                one.interval, one.due, one.happened = rhythm.interval, again, self.clock.now

    def read(self, number: int) -> None:
        """Let somebody read everything."""
        user = self.users[number]
        if not Inbox.objects.filter(user=user).exists():
            return
        mark_read(user, upto=Inbox.objects.get(user=user).rev)
        self.waiting = [one for one in self.waiting if one.user != user]

    def opt_out(self, number: int) -> None:
        """Let somebody opt out; what waits is dropped when it is due."""
        opt_out(self.users[number], KEY, medium="post")
        self.silent.add(number)

    def opt_in(self, number: int) -> None:
        """Let somebody opt in again."""
        opt_in(self.users[number], KEY, medium="post")
        self.silent.discard(number)

    def go_down(self, hours: int) -> None:
        """Let the worker miss its runs for some hours."""
        self.down_until = self.clock.now + timedelta(hours=hours)

    def work_until(self, end: datetime) -> None:
        """Let the worker do its runs before a moment; those with nothing due are left out."""
        while True:
            first = Dispatch.objects.filter(state="waiting").order_by("due_at").first()
            if first is None:
                return
            earliest = max(first.due_at, self.clock.now, self.down_until)
            run = START + -((START - earliest) // RUN) * RUN
            if run >= end:
                return
            self.clock.now = run
            self._run()

    def _run(self) -> None:
        """Send what is due, and compare it with what is expected."""
        Post.sent.clear()
        send_due()
        now = self.clock.now
        due = [one for one in self.waiting if one.due <= now and self._is_wanted(one)]
        for one in due:
            end = after_quiet_hours(self._rhythm(one), now)
            one.due, one.taken = end, end > now
        self.waiting = [one for one in self.waiting if one.due > now]
        expected = sorted((one.user.pk, one.event) for one in due if one.due <= now)
        assert sorted((user, pk) for _, user, pks in Post.sent for pk in pks) == expected
        self.sent += len(expected)

    def _rhythm(self, one: Expected) -> Rhythm:
        return self.rhythms[self.users.index(one.user)]

    def _is_wanted(self, one: Expected) -> bool:
        number = self.users.index(one.user)
        return number not in self.silent and self.rhythms[number].interval != NEVER

    def _save_profile(self, number: int, rhythm: Rhythm) -> None:
        profile = DeliveryProfile.objects.default_of(self.users[number])
        for name in ("interval", "hour", "weekday", "time_zone", "quiet_from", "quiet_until"):
            setattr(profile, name, getattr(rhythm, name))
        profile.save()


quiet = st.sampled_from(
    [(None, None), (time(22), time(7)), (time(12), time(13, 30)), (time(1), time(2, 30))]
)


@st.composite
def rhythms(draw: st.DrawFn) -> Rhythm:
    begin, end = draw(quiet)
    return Rhythm(
        interval=draw(st.sampled_from([0, 0, 30, 180, 1440, 1440, 10080, 43200, -1])),
        hour=draw(st.sampled_from([0, 2, 3, 8, 23])),
        weekday=draw(st.integers(0, 6)),
        time_zone=draw(st.sampled_from(ZONES)),
        quiet_from=begin,
        quiet_until=end,
    )


PEOPLE = 3
numbers = st.integers(0, PEOPLE - 1)
actions = st.one_of(
    st.tuples(st.just("notify"), st.none()),
    st.tuples(st.just("notify"), st.none()),
    st.tuples(st.just("notify"), st.none()),
    st.tuples(st.just("choose"), st.tuples(numbers, rhythms())),
    st.tuples(st.just("read"), numbers),
    st.tuples(st.just("opt_out"), numbers),
    st.tuples(st.just("opt_in"), numbers),
    st.tuples(st.just("go_down"), st.integers(1, 200)),
)
pauses = st.one_of(  # seconds: a moment, hours, weeks
    st.integers(1, 300), st.integers(1, 40 * 3600), st.integers(1, 60 * 24 * 3600)
)


@settings(
    max_examples=django_settings.EXAMPLES // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(rhythms(), min_size=PEOPLE, max_size=PEOPLE),
    st.lists(st.tuples(pauses, actions), min_size=10, max_size=25),
)
def test_every_event_leaves_once_and_in_time(settings, monkeypatch, people, story):
    settings.REALTIME_NOTIFY = {"MEDIA": (POST,), "INLINE_SECONDS": 60.0}
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    with transaction.atomic():
        world = World(clock, people)
        end = START
        for pause, (verb, argument) in story:
            end += timedelta(seconds=pause)
            world.work_until(end)
            clock.now = max(clock.now, end)
            with TestCase.captureOnCommitCallbacks(execute=True):
                getattr(world, verb)(argument)
        # By then everything is due, twice over.
        world.work_until(end + timedelta(days=70))
        assert not world.waiting
        assert not Dispatch.objects.filter(state="waiting").exists()
        transaction.set_rollback(True)
