"""The queries that must not read a whole history, and the index that each of them uses."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from realtime_notify import inbox
from realtime_notify.models import (
    Dispatch,
    Event,
    Inbox,
    Medium,
    Notification,
    NotificationType,
)
from realtime_notify.models.querysets import UNREAD
from realtime_notify.sending.leases import Wanted, take
from realtime_notify.subscriptions import preferences

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

HISTORY = 600
TABLE = re.compile("""^SELECT .*?FROM ["`]realtime_notify_notification["`]""")
CLAIM = re.compile("""^SELECT .*?FROM ["`]realtime_notify_dispatch["`].* ORDER BY .*LIMIT 5""")


@pytest.fixture
def history(alice: Any, bob: Any) -> Any:
    """Alice, with a history of notifications in every state, most of them archived."""
    kind = NotificationType.objects.create(key="k")
    Event.objects.bulk_create(Event(type=kind, message="m", fingerprint=n) for n in range(HISTORY))
    now = timezone.now()
    Notification.objects.bulk_create(
        Notification(
            event_id=event,
            user=user,
            seq=seq,
            rev=seq,
            fingerprint=seq,
            read_at=None if seq % 40 == 0 else now,
            archived_at=now if seq % 4 else None,
            snoozed_until=now + timedelta(days=1) if seq % 100 == 1 else None,
        )
        for user in (alice, bob)
        for seq, event in enumerate(Event.objects.values_list("pk", flat=True), start=1)
    )
    Inbox.objects.create(user=alice, rev=HISTORY)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Planners count what tests before this one have left in the indexes.
            cursor.execute("REINDEX TABLE realtime_notify_notification")
            cursor.execute("ANALYZE realtime_notify_notification")
            # In a table this small it may be cheaper to read all of it, or to sort some of it.
            for method in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{method} = off")
    return alice


QUERIES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "the first page": ("rn_notification_active", lambda user: inbox.page(user)),
    "a later page": ("rn_notification_active", lambda user: inbox.page(user, before="300")),
    "a first visit": ("rn_notification_active", lambda user: inbox.sync(user)),
    "the unread tab": ("rn_notification_unread", lambda user: inbox.page(user, unread=True)),
    "the seen mark": ("rn_notification_unread", lambda user: inbox.mark_seen(user, upto=590)),
    "the archive": ("rn_notification_archived", lambda user: inbox.page(user, archived=True)),
    "what changed": ("rn_notification_rev", lambda user: inbox.sync(user, HISTORY - 1)),
    "recent types": ("rn_notification_rev", lambda user: preferences.preferences_of(user)),
    "the repeats of an event": (
        "rn_notification_same",
        lambda user: list(
            Notification.objects.filter(UNREAD, user=user, fingerprint=40).order_by()
        ),
    ),
    "snoozes that are over": (
        "rn_notification_snoozed",
        lambda user: list(Notification.objects.filter(snoozed_until__lte=timezone.now())),
    ),
    "the notifications of a subscription": (
        "rn_notification_subscribed",
        lambda user: list(Notification.objects.filter(subscription__in=[1, 2])),
    ),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_finds_an_index_made_for_it(name: str, history: Any) -> None:
    index, ask = QUERIES[name]

    with CaptureQueriesContext(connection) as asked:
        ask(history)

    plans = [_plan(query["sql"]) for query in asked if TABLE.search(query["sql"])]
    assert index in plans[0], plans


def test_what_is_due_at_the_same_moment_is_claimed_without_sorting_it() -> None:
    Medium.objects.create(name="post")
    moment = timezone.now() - timedelta(hours=1)
    Dispatch.objects.bulk_create(
        Dispatch(medium_id="post", recipient=f"user:{number}", due_at=moment)
        for number in range(HISTORY)
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE realtime_notify_dispatch")
            for method in ("seqscan", "bitmapscan"):
                cursor.execute(f"SET LOCAL enable_{method} = off")

    with CaptureQueriesContext(connection) as asked:
        take(Wanted("post"), 5)

    (plan,) = [_plan(query["sql"]) for query in asked if CLAIM.search(query["sql"])]
    assert "rn_dispatch_due" in plan
    assert not re.search("sort|TEMP B-TREE", plan, re.IGNORECASE), plan


def test_no_database_is_warned_of_conditions_that_it_ignores() -> None:
    warned = run_checks(databases=["default"])

    assert "models.W037" not in {warning.id for warning in warned}


def _plan(sql: str) -> str:
    """Return the plan of a query, as text with the names of the indexes it uses."""
    explain = {"sqlite": "EXPLAIN QUERY PLAN", "mysql": "EXPLAIN FORMAT=JSON"}
    with connection.cursor() as cursor:
        cursor.execute(f"{explain.get(connection.vendor, 'EXPLAIN')} {sql}")
        return "\n".join(str(row) for row in cursor.fetchall())
