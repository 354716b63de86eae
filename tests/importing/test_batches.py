"""What an import writes does not depend on how many rows it reads at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_notify.importing.job import ImportJob
from realtime_notify.importing.old_tables import OldTables
from realtime_notify.importing.readers import nyt
from realtime_notify.models import Event, Inbox, Notification, NotificationType, Subscription
from tests.importing.inboxes import at, kind
from tests.importing.nyt_rows import notification, profile, subscription
from tests.importing.old_tables import HqNotification, OeEvent, OeType, Watch
from tests.settings import EXAMPLES

pytestmark = pytest.mark.django_db

Import = Callable[..., str]

BATCH_SIZES = ["1", "3", "1000"]
PEOPLE = range(3)


class Row(NamedTuple):
    """An old row; rows that share a person, a text and a second are copies of one another."""

    person: int
    text: str
    second: int
    done: bool  # read, or active
    variant: int  # which settings, which spelling of an address, which part of the second


ROWS = st.lists(
    st.builds(
        Row,
        person=st.sampled_from(PEOPLE),
        text=st.sampled_from("ab"),
        second=st.integers(0, 2),
        done=st.booleans(),
        variant=st.integers(0, 1),
    ),
    max_size=8,
)


def moment(row: Row) -> Any:
    """Return when an old row was written; clocks need not run in the order of the keys."""
    return at(0) + timedelta(seconds=row.second, milliseconds=row.variant)


def write_nyt(people: Sequence[Any], rows: list[Row]) -> None:
    subscriptions = [
        [subscription(profile(user, interval), "a") for interval in (0, 1380)] for user in people
    ]
    for row in rows:
        # Old versions stored the owner with the subscription only.
        owner = people[row.person].pk if row.variant else None
        notification(
            subscriptions[row.person][row.variant],
            row.text,
            user_id=owner,
            is_viewed=row.done,
            occurrences=row.variant + 1,
            created=moment(row),
        )


def write_notifications(people: Sequence[Any], rows: list[Row]) -> None:
    for row in rows:
        HqNotification.objects.create(
            recipient_id=people[row.person].pk,
            actor_content_type_id=kind(type(people[0])),
            actor_object_id=str(people[0].pk),
            verb=row.text,
            unread=not row.done,
            timestamp=at(row.second),
        )


def write_object_events(people: Sequence[Any], rows: list[Row]) -> None:
    type_id = OeType.objects.get_or_create(title="comment")[0].pk
    for row in rows:
        OeEvent.objects.create(
            user_id=people[row.person].pk,
            event_type_id=type_id,
            additional_text=row.text,
            read_by_user=row.done,
            creation_date=moment(row),
        )


def write_tidings(people: Sequence[Any], rows: list[Row]) -> None:
    for row in rows:
        email = f"{row.text}@Example.com" if row.variant else f"{row.text.upper()}@example.com"
        by_email = row.second == 0
        Watch.objects.create(
            event_type=f"edit/{row.text}",
            user_id=None if by_email else people[row.person].pk,
            email=email if by_email else None,
            is_active=row.done,
        )


WRITERS = {
    "nyt": write_nyt,
    "notifications": write_notifications,
    "object_events": write_object_events,
    "tidings": write_tidings,
}


def everything() -> list[list[tuple[Any, ...]]]:
    """Return what an import has written, but for the keys, which the database chose."""
    notifications = Notification.objects.order_by("user", "seq").values_list(
        *("user", "seq", "rev", "event__message", "event__created", "event__dedupe_key"),
        *("occurrences", "read_at", "deleted_at", "emailed_at", "subscription__identity"),
    )
    subscriptions = Subscription.objects.order_by("identity").values_list(
        "identity", "active", "profile__interval"
    )
    return [
        list(notifications),
        list(subscriptions),
        list(Inbox.objects.order_by("pk").values_list("pk", "rev", "unread", "unseen")),
        list(NotificationType.objects.order_by("key").values_list("key", "label")),
        list(Event.objects.order_by("dedupe_key").values_list("dedupe_key", "created")),
    ]


@pytest.mark.parametrize("system", WRITERS)
def test_the_size_of_batches_changes_nothing(
    importing: Import, users: Callable[..., list[Any]], system: str
) -> None:
    people = users(len(PEOPLE))

    @settings(
        max_examples=EXAMPLES // 5,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(rows=ROWS)
    def check(rows: list[Row]) -> None:
        with transaction.atomic():
            WRITERS[system](people, rows)
            results = []
            for batch_size in BATCH_SIZES:
                with transaction.atomic():
                    planned = importing(system, "--batch-size", batch_size, "--dry-run")
                    printed = importing(system, "--batch-size", batch_size)
                    assert planned.splitlines()[1:] == printed.splitlines()
                    results.append((printed, everything()))
                    transaction.set_rollback(True)
            assert all(result == results[0] for result in results)
            transaction.set_rollback(True)

    check()


def test_copies_are_merged_across_windows_of_keys(importing: Import, alice: Any) -> None:
    of = [subscription(profile(alice, interval), "a") for interval in (0, 1380)]
    for minute in range(4):
        notification(of[0], "Hello", minute, is_viewed=True)
    for minute in range(4):
        notification(of[1], "Hello", minute)

    nyt.import_tables(ImportJob(OldTables("default", "nyt", batch_size=1, keys_at_once=3)))

    assert Notification.objects.unread().count() == Notification.objects.count() == 4


@pytest.mark.parametrize("batch_size", BATCH_SIZES)
@pytest.mark.parametrize("system", WRITERS)
def test_a_repeated_import_writes_nothing_and_counts_what_is_here(
    importing: Import, users: Callable[..., list[Any]], system: str, batch_size: str
) -> None:
    rows = [Row(person, text, 1, False, 0) for person in PEOPLE for text in ("a", "b", "a")]
    WRITERS[system](users(len(PEOPLE)), rows)
    first = importing(system, "--batch-size", batch_size)
    written = everything()

    again = importing(system, "--batch-size", batch_size)

    assert everything() == written
    for line in first.splitlines():
        if line.endswith("already here"):
            part, _, counts = line.partition(": ")
            assert f"{part}: 0 new, {counts.split()[0]} already here" in again
    assert system == "tidings" or "events: 0 new, 2 already here" in again
