"""The database: whether it has our tables as they are today, and the same time as this machine."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import connections, router
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Now
from django.utils import timezone

from realtime_notify.doctor.findings import Finding, error, warning, well
from realtime_notify.models import Epoch, Event

PART = "database"
APART = 2.0
"""Seconds that two clocks may be apart: what is due is due a little early, or late."""
FAR_APART = 60.0
"""Seconds from which leases of three minutes are no longer safe."""


def examine() -> Iterator[Finding]:
    """Look for migrations that were not applied, and for clocks that are apart."""
    label = apps.get_containing_app_config(Event.__module__).label  # type: ignore[union-attr]
    alias = router.db_for_write(Event)
    missing = _unapplied(alias, label)
    if missing:
        yield error(
            PART,
            f"Not applied to the database {alias!r}: {', '.join(missing)}.",
            "Run: python manage.py migrate realtime_notify",
            unapplied=missing,
        )
    else:
        yield well(PART, f"All migrations are applied to the database {alias!r}.")
        yield from _compare_clocks()


def _unapplied(alias: str, label: str) -> list[str]:
    executor = MigrationExecutor(connections[alias])
    targets = executor.loader.graph.leaf_nodes(label)
    plan = executor.migration_plan(targets)
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _compare_clocks() -> Iterator[Finding]:
    before = timezone.now()
    theirs = Epoch.objects.values_list(Now(), flat=True).first()
    after = timezone.now()
    if theirs is None:
        yield error(
            PART,
            "It has no epoch, which `migrate` begins.",
            "Run: python manage.py migrate realtime_notify",
        )
        return
    apart = max((theirs - after).total_seconds(), (before - theirs).total_seconds(), 0.0)
    ahead = "ahead of" if theirs > after else "behind"
    values = {"seconds": round(apart, 3)}
    if apart <= APART:
        yield well(PART, f"Its clock and this machine's are at most {apart:.1f} s apart.", **values)
        return
    makes = error if apart > FAR_APART else warning
    yield makes(
        PART,
        f"Its clock is {apart:.1f} s {ahead} this machine's.",
        "Keep the clocks of all machines in step, by chrony or systemd-timesyncd: leases, quiet "
        "hours and what is due compare moments of different machines.",
        **values,
    )
