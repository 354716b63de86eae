"""What the doctor says of the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from realtime_notify.doctor import Severity, database
from realtime_notify.models import Epoch

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_a_database_that_is_migrated_and_in_time_is_well() -> None:
    assert [finding.severity for finding in database.examine()] == [Severity.OK] * 2


def test_a_migration_that_was_not_applied_is_named() -> None:
    MigrationRecorder(connection).record_unapplied("realtime_notify", "0001_initial")

    (finding,) = database.examine()

    assert finding.severity is Severity.ERROR
    assert finding.values["unapplied"] == ["realtime_notify.0001_initial"]
    assert "migrate" in finding.advice


@pytest.mark.parametrize(
    ("seconds", "severity", "says"),
    [
        (10, Severity.WARNING, "behind this machine's"),
        (-10, Severity.WARNING, "ahead of this machine's"),
        (600, Severity.ERROR, "behind this machine's"),
    ],
)
def test_clocks_that_are_apart_are_told(
    monkeypatch: pytest.MonkeyPatch, seconds: float, severity: Severity, says: str
) -> None:
    now = timezone.now

    def other_time() -> Any:
        return now() + timedelta(seconds=seconds)

    monkeypatch.setattr(timezone, "now", other_time)
    _, finding = database.examine()

    assert finding.severity is severity
    assert says in finding.says
    assert finding.values["seconds"] == pytest.approx(abs(seconds), abs=2)


def test_a_database_without_an_epoch_is_an_error() -> None:
    Epoch.objects.all().delete()

    assert [finding.severity for finding in database.examine()] == [Severity.OK, Severity.ERROR]
