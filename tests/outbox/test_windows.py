"""When something is to leave: grids, local hours, changes of clocks, quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_notify.outbox import Rhythm, due_at

DAILY, WEEKLY, MONTHLY = 1440, 10080, 43200
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Nuuk",  # its clocks jump over midnight
    "Asia/Kolkata",
    "Australia/Sydney",
    "Australia/Lord_Howe",  # its clocks change by half an hour
    "Pacific/Chatham",
    "Africa/Casablanca",
)


def at(text: str, zone: str = "UTC", fold: int = 0) -> datetime:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return local.astimezone(UTC)


def test_at_once_is_one_delay_away_and_at_most_two():
    moments = [
        due_at(Rhythm(), at(f"2026-03-02 12:00:{second:02}"), delay=60) for second in range(60)
    ]
    assert moments == [at("2026-03-02 12:01"), *[at("2026-03-02 12:02")] * 59]


def test_without_a_delay_at_once_is_now():
    now = at("2026-03-02 12:00:01.234567")
    assert due_at(Rhythm(), now, delay=0) == now


def test_never_has_no_moment():
    assert due_at(Rhythm(interval=-1), at("2026-03-02 12:00"), delay=60) is None


@pytest.mark.parametrize(
    ("interval", "now", "due"),
    [
        (15, "2026-03-02 12:00:01", "2026-03-02 12:15"),
        (15, "2026-03-02 12:13:59", "2026-03-02 12:15"),
        (15, "2026-03-02 12:14:01", "2026-03-02 12:30"),  # may be read until 12:15:01
        (60, "2026-03-02 12:00:01", "2026-03-02 13:00"),
        (90, "2026-03-02 00:00", "2026-03-02 01:30"),
    ],
)
def test_minutes_have_a_grid_that_leaves_time_to_read(interval, now, due):
    assert due_at(Rhythm(interval), at(now), delay=60) == at(due)


@pytest.mark.parametrize(
    ("rhythm", "now", "due"),
    [
        (Rhythm(DAILY, hour=8), "2026-03-02 07:58", "2026-03-02 08:00"),
        (Rhythm(DAILY, hour=8), "2026-03-02 08:00", "2026-03-03 08:00"),
        (Rhythm(DAILY, hour=0), "2026-12-31 23:58", "2027-01-01 00:00"),
        # 2 March 2026 is a Monday.
        (Rhythm(WEEKLY, hour=8, weekday=0), "2026-03-02 07:00", "2026-03-02 08:00"),
        (Rhythm(WEEKLY, hour=8, weekday=0), "2026-03-02 09:00", "2026-03-09 08:00"),
        (Rhythm(WEEKLY, hour=8, weekday=6), "2026-03-02 09:00", "2026-03-08 08:00"),
        (Rhythm(MONTHLY, hour=8), "2026-01-31 09:00", "2026-02-01 08:00"),
        (Rhythm(MONTHLY, hour=8), "2026-02-01 07:00", "2026-02-01 08:00"),
        (Rhythm(MONTHLY, hour=8), "2026-12-01 08:00", "2027-01-01 08:00"),
    ],
)
def test_days_weeks_and_months_have_an_hour(rhythm, now, due):
    assert due_at(rhythm, at(now), delay=60) == at(due)


def test_every_second_week_keeps_to_its_weekday():
    rhythm = Rhythm(2 * WEEKLY, hour=8, weekday=3)
    first = due_at(rhythm, at("2026-03-02 09:00"), delay=60)
    assert first is not None
    second = due_at(rhythm, first, delay=60)
    assert first.weekday() == 3
    assert second == first + timedelta(days=14)


@pytest.mark.parametrize(
    ("zone", "hour", "now", "due"),
    [
        # Skipped: as late as without the change.
        ("Europe/Berlin", 2, "2026-03-28 12:00", "2026-03-29 03:00"),
        ("Australia/Lord_Howe", 2, "2026-10-03 12:00", "2026-10-04 02:30"),
        ("America/Nuuk", 23, "2026-03-28 12:00", "2026-03-29 00:00"),
        # The hour is the local one before and after.
        ("Europe/Berlin", 8, "2026-03-28 12:00", "2026-03-29 08:00"),
        ("Europe/Berlin", 8, "2026-10-24 12:00", "2026-10-25 08:00"),
        ("Asia/Kolkata", 8, "2026-03-28 12:00", "2026-03-29 08:00"),
    ],
)
def test_a_local_hour_stays_over_changes_of_clocks(zone, hour, now, due):
    rhythm = Rhythm(DAILY, hour=hour, time_zone=zone)
    assert due_at(rhythm, at(now, zone), delay=60) == at(due, zone)


def test_an_hour_that_comes_twice_is_used_once():
    rhythm = Rhythm(DAILY, hour=2, time_zone="Europe/Berlin")
    first = at("2026-10-25 02:00", "Europe/Berlin")
    assert due_at(rhythm, at("2026-10-24 12:00", "Europe/Berlin"), delay=60) == first
    between = at("2026-10-25 02:00", "Europe/Berlin", fold=1)
    assert due_at(rhythm, between, delay=0) == at("2026-10-26 02:00", "Europe/Berlin")


@pytest.mark.parametrize(
    ("begin", "end", "now", "due"),
    [
        ("22:00", "07:00", "2026-03-02 21:58", "2026-03-02 21:59"),
        ("22:00", "07:00", "2026-03-02 21:59", "2026-03-03 07:00"),
        ("22:00", "07:00", "2026-03-03 06:58", "2026-03-03 07:00"),
        ("22:00", "07:00", "2026-03-03 06:59", "2026-03-03 07:00"),
        ("22:00", "07:00", "2026-03-03 07:00", "2026-03-03 07:01"),
        ("12:00", "13:30", "2026-03-02 12:10", "2026-03-02 13:30"),
        ("12:00", "13:30", "2026-03-02 13:30", "2026-03-02 13:31"),
        ("12:00", "12:00", "2026-03-02 12:00", "2026-03-02 12:01"),  # none
    ],
)
def test_quiet_hours_put_it_off_until_they_end(begin, end, now, due):
    zone = "America/New_York"
    rhythm = Rhythm(
        time_zone=zone,
        quiet_from=time.fromisoformat(begin),
        quiet_until=time.fromisoformat(end),
    )
    assert due_at(rhythm, at(now, zone), delay=60) == at(due, zone)


def test_quiet_hours_end_once_when_the_clocks_go_back():
    zone = "Europe/Berlin"
    rhythm = Rhythm(time_zone=zone, quiet_from=time(23), quiet_until=time(2, 30))
    first, second = (at("2026-10-25 02:10", zone, fold) for fold in (0, 1))
    assert due_at(rhythm, first, delay=60) == at("2026-10-25 02:30", zone)
    assert due_at(rhythm, second, delay=60) == at("2026-10-25 02:30", zone, fold=1)


def test_what_is_critical_waits_for_no_digest_and_no_morning():
    chosen = Rhythm(DAILY, quiet_from=time(22), quiet_until=time(7), critical=True)
    assert due_at(chosen, at("2026-03-02 23:00"), delay=60) == at("2026-03-02 23:01")
    assert due_at(Rhythm(-1, critical=True), at("2026-03-02 23:00"), delay=60) is None


def test_a_time_zone_that_nobody_knows_is_utc():
    rhythm = Rhythm(DAILY, hour=8, time_zone="Mars/Olympus")
    assert due_at(rhythm, at("2026-03-02 07:00"), delay=60) == at("2026-03-02 08:00")


clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
rhythms = st.builds(
    Rhythm,
    interval=st.sampled_from([0, 1, 5, 7, 60, 100, DAILY, 2 * DAILY, WEEKLY, 2 * WEEKLY, MONTHLY]),
    hour=st.integers(0, 23),
    weekday=st.integers(0, 6),
    time_zone=st.sampled_from(ZONES),
    quiet_from=st.none() | clocks,
    quiet_until=st.none() | clocks,
)
YEARS = 2 * 365 * 24 * 60
seconds, quarters = st.floats(0, 60 * YEARS), st.integers(0, YEARS // 15).map(lambda n: 900 * n)
moments = (seconds | quarters).map(lambda passed: at("2026-01-01") + timedelta(seconds=passed))
delays = st.sampled_from([0, 1, 60, 90, 3600])


def longest(rhythm: Rhythm, delay: float) -> timedelta:
    """Return the most that can lie between something and the moment of it."""
    step = {0: timedelta(seconds=delay), MONTHLY: timedelta(days=31)}
    wait = step.get(rhythm.interval, timedelta(minutes=rhythm.interval))
    if not rhythm.interval % DAILY and rhythm.interval:
        wait += timedelta(hours=1)  # of a day with 25 hours, or the hour that is skipped
    if rhythm.quiet_from is not None and rhythm.quiet_until is not None:
        wait += timedelta(hours=25)
    return timedelta(seconds=delay) + wait


def is_quiet(rhythm: Rhythm, moment: datetime) -> bool:
    begin, end = rhythm.quiet_from, rhythm.quiet_until
    if begin is None or end is None:
        return False
    clock = moment.astimezone(ZoneInfo(rhythm.time_zone)).time()
    return begin <= clock < end if begin <= end else clock >= begin or clock < end


@settings(max_examples=500, deadline=None)
@given(rhythms, moments, delays)
def test_nothing_is_early_or_late_or_in_quiet_hours(rhythm, now, delay):
    due = due_at(rhythm, now, delay)
    assert due is not None
    assert now + timedelta(seconds=delay) <= due <= now + longest(rhythm, delay)
    assert not is_quiet(rhythm, due)


@settings(max_examples=300, deadline=None)
@given(rhythms, moments, delays, st.data())
def test_everything_before_a_moment_waits_for_it(rhythm, now, delay, data):
    due = due_at(rhythm, now, delay)
    assert due is not None
    step = timedelta(seconds=delay)
    latest = due - step if rhythm.quiet_from is None or rhythm.quiet_until is None else now
    between = data.draw(st.floats(0, 1)) * (latest - now) + now
    if rhythm.interval or delay:
        assert due_at(rhythm, between, delay) == due
