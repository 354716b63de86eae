from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from realtime_notify.models.moments import in_utc, stored

NAIVE = datetime(2030, 1, 2, 9, 0)  # noqa: DTZ001  (on purpose)
AWARE = datetime(2030, 1, 2, 9, 0, tzinfo=timezone(timedelta(hours=1)))


@pytest.fixture(autouse=True)
def in_berlin(settings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"


def test_moments_are_stored_aware_where_the_project_uses_time_zones(settings) -> None:
    settings.USE_TZ = True

    assert stored(AWARE) is AWARE
    assert stored(NAIVE) == AWARE


def test_moments_are_stored_naive_where_it_does_not(settings) -> None:
    settings.USE_TZ = False

    assert stored(NAIVE) is NAIVE
    assert stored(AWARE) == NAIVE


@pytest.mark.parametrize("use_tz", [True, False])
def test_a_stored_moment_is_the_same_instant_in_utc(settings, use_tz) -> None:
    settings.USE_TZ = use_tz

    assert in_utc(stored(AWARE)) == datetime(2030, 1, 2, 8, 0, tzinfo=UTC)
    assert in_utc(stored(NAIVE)).tzinfo is UTC
