"""Windows: the moment at which something is to leave, as a pure function of what somebody chose.

The moments of a rhythm lie on a grid that depends on nothing but the rhythm. Whatever waits for the
same moment is found to belong together without anything that remembers a window's beginning, and a
process that was down misses nothing: the moments were the same without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from realtime_notify.models.profiles import AT_ONCE, DAILY, MONTHLY, NEVER

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WEEK = 7
"""Days."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often, and when, somebody may be interrupted.

    Attributes:
        interval: minutes; 0: at once, -1: never.
        hour: the hour of daily and longer digests, in the time zone.
        weekday: the day of weekly digests; 0: Monday.
        time_zone: the name of a time zone, such as "Europe/Berlin".
        quiet_from: the time of day at which the quiet hours begin; None if there are none.
        quiet_until: the time of day at which they end, on the next day if it is the smaller one.
        critical: whether quiet hours and intervals do not count; "never" does.
    """

    interval: int = AT_ONCE
    hour: int = 8
    weekday: int = 0
    time_zone: str = "UTC"
    quiet_from: time | None = None
    quiet_until: time | None = None
    critical: bool = False

    def urgent(self) -> Rhythm:
        """Return the rhythm as it is for what is critical: at once, unless never."""
        interval = self.interval if self.interval == NEVER else AT_ONCE
        return replace(self, interval=interval, quiet_from=None, quiet_until=None, critical=True)


def due_at(rhythm: Rhythm, now: datetime, delay: float) -> datetime | None:
    """Return when something that happens now is to leave.

    It is the first moment of the rhythm's grid that is at least the delay away, or, if that lies in
    quiet hours, their end. At once, the delay is also the step of the grid, so a burst leaves
    together. A local time that a change of clocks skips is as late as without the change (RFC
    5545); of one that comes twice the first counts.

    Args:
        rhythm: what somebody chose.
        now: when it happens, with a time zone.
        delay: seconds in which it may still be read in the browser.

    Returns:
        The moment, in UTC; None: never.
    """
    if rhythm.critical:
        rhythm = rhythm.urgent()
    if rhythm.interval <= NEVER:
        return None
    earliest = now.astimezone(UTC) + timedelta(seconds=delay)
    if rhythm.interval == AT_ONCE:
        moment = _on_grid(earliest, timedelta(seconds=delay))
    elif rhythm.interval % DAILY:
        moment = _on_grid(earliest, timedelta(minutes=rhythm.interval))
    else:
        moment = _on_a_day(rhythm, earliest)
    return after_quiet_hours(rhythm, moment)


def after_quiet_hours(rhythm: Rhythm, moment: datetime) -> datetime:
    """Return the moment, or the end, in UTC, of the quiet hours that it lies in."""
    begin, end = rhythm.quiet_from, rhythm.quiet_until
    if begin is None or end is None or begin == end:
        return moment
    zone = _zone(rhythm.time_zone)
    local = moment.astimezone(zone)
    clock, day = local.time(), local.date()
    if begin < end:
        is_quiet = begin <= clock < end
    else:
        is_quiet = clock >= begin or clock < end
        day += timedelta(days=clock >= begin)
    if not is_quiet:
        return moment
    # In an hour that comes twice, the first end may be over already.
    first = _moment(day, end, zone)
    return first if first > moment else _moment(day, end.replace(fold=1), zone)


def _on_grid(earliest: datetime, step: timedelta) -> datetime:
    """Return the first multiple of a step since the epoch that is not before `earliest`."""
    if not step:
        return earliest
    return EPOCH - (EPOCH - earliest) // step * step


def _on_a_day(rhythm: Rhythm, earliest: datetime) -> datetime:
    """Return the rhythm's hour on the first of its days on which it is not before `earliest`."""
    hour, zone = time(rhythm.hour), _zone(rhythm.time_zone)
    # A skipped hour may lie on the day before.
    first = earliest.astimezone(zone).date() - timedelta(days=1)
    moments = (_moment(day, hour, zone) for day in _days(rhythm, first))
    return next(moment for moment in moments if moment >= earliest)


def _days(rhythm: Rhythm, first: date) -> Iterator[date]:
    """Yield the days of a rhythm from `first` on.

    A month is a calendar month. Weeks begin on the rhythm's weekday; all other numbers of days
    count from the first day of the calendar.
    """
    if rhythm.interval == MONTHLY:
        while True:
            if first.day > 1:
                first = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
            yield first
            first += timedelta(days=1)
    days = rhythm.interval // DAILY
    monday = 1  # the first day of the calendar
    offset = monday + (0 if days % WEEK else rhythm.weekday)
    first += timedelta(days=(offset - first.toordinal()) % days)
    while True:
        yield first
        first += timedelta(days=days)


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    """Return a time zone; UTC if there is none of this name, which a newer database may know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
