"""Writes what happened, and lets it arrive in the inboxes as if it had been delivered.

A batch is one transaction. It locks its inboxes in order, gives every copy a revision of its own
(so that the inbox lists them in the order in which they happened), and counts what is unread.
Whoever has the inbox open meanwhile hears of it as of any change: by the number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import router, transaction
from django.db.models import F
from django.utils import timezone

from realtime_notify.exceptions import InvalidNotification
from realtime_notify.importing.references import Reference, describe, people
from realtime_notify.importing.report import Report
from realtime_notify.inbox import revisions
from realtime_notify.models import Event, EventActor, EventSeen, Inbox, Level, Notification
from realtime_notify.publish.validation import fingerprint, safe_url

_PART = "notifications"


@dataclass(frozen=True, slots=True, eq=False)
class Happening:
    """An event as it is to be written.

    Attributes:
        dedupe_key: the same for the same happening, whenever it is imported.
        told: whether it was for those people only who have a copy, and not for subscribers.
        The others are as `Event` has them.
    """

    dedupe_key: str
    key: str
    message: str
    created: datetime
    url: str = ""
    verb: str = ""
    description: str = ""
    level: str = Level.INFO
    public: bool = True
    data: Any = None
    expires_at: datetime | None = None
    actors: tuple[Reference, ...] = ()
    action_object: Reference | None = None
    target: Reference | None = None
    told: bool = True

    def references(self) -> Iterable[Reference | None]:
        """Return all it points at."""
        return (*self.actors, self.action_object, self.target)


@dataclass(slots=True)
class Copy:
    """One person's copy of a happening, as it is to be written.

    Attributes:
        row: the old row, for the report.
        The others are as `Notification` has them.
    """

    row: object
    happening: Happening
    user_id: Any
    read_at: datetime | None = None
    deleted_at: datetime | None = None
    emailed_at: datetime | None = None
    occurrences: int = 1
    subscription_id: int | None = None

    def unite(self, other: Copy) -> None:
        """Take in a second copy of the same for the same person: read when both are."""
        self.read_at = self.read_at and other.read_at
        self.deleted_at = self.deleted_at and other.deleted_at
        self.emailed_at = self.emailed_at or other.emailed_at
        self.occurrences = max(self.occurrences, other.occurrences)


class Arrivals:
    """Writes batches of what happened, and counts them."""

    def __init__(self, report: Report, dry_run: bool) -> None:
        """Count in `report`; with `dry_run`, write nothing."""
        self._report = report
        self._dry_run = dry_run
        self._counted: dict[str, datetime] = {}

    def happen(self, happenings: Iterable[Happening]) -> dict[str, int]:
        """Write a batch of events.

        Batches come ordered by second, or else no event is in two of them.

        Returns:
            The primary keys of the events, by dedupe key. In a dry run, of those there are.
        """
        distinct: dict[str, Happening] = {}
        for one in happenings:
            distinct.setdefault(one.dedupe_key, one)
        known = self._events(distinct)
        fresh = [one for one in distinct.values() if one.dedupe_key not in known]
        self._count_events(distinct, known)
        if self._dry_run or not fresh:
            return known
        described = describe(reference for one in fresh for reference in one.references())
        with transaction.atomic(using=router.db_for_write(Event)):
            Event.objects.bulk_create(self._event(one, described) for one in fresh)
            pks = self._events(distinct)
            EventActor.objects.bulk_create(
                EventActor(event_id=pks[one.dedupe_key], **_columns("actor", actor, described))
                for one in fresh
                for actor in one.actors[1:]
            )
        return pks

    def _count_events(self, batch: dict[str, Happening], known: Container[str]) -> None:
        """Count each event once, though its copies may fill several batches."""
        if not batch:
            return
        second = min(one.created for one in batch.values()).replace(microsecond=0)
        self._counted = {key: at for key, at in self._counted.items() if at >= second}
        for key, one in batch.items():
            if key not in self._counted:
                self._counted[key] = one.created
                (self._report.known if key in known else self._report.new)["events"] += 1

    def arrive(self, copies: list[Copy]) -> None:
        """Write a batch of notifications with their events."""
        there = people(copy.user_id for copy in copies)
        for copy in copies:
            if copy.user_id not in there:
                self._report.skip(_PART, "there is no such user", copy.row)
        distinct: dict[tuple[str, Any], Copy] = {}
        for copy in copies:
            if copy.user_id in there:
                same = distinct.setdefault((copy.happening.dedupe_key, copy.user_id), copy)
                if same is not copy:
                    self._report.note(_PART, "the same for the same person, at once", copy.row)
                    same.unite(copy)
        with transaction.atomic(using=router.db_for_write(Event)):
            events = self.happen(copy.happening for copy in distinct.values())
            known = set(
                Notification.objects.filter(event__in=events.values(), user__in=there)
                .order_by()
                .values_list("event__dedupe_key", "user_id")
            )
            fresh = [copy for same, copy in distinct.items() if same not in known]
            self._report.new[_PART] += len(fresh)
            self._report.known[_PART] += len(distinct) - len(fresh)
            if fresh and not self._dry_run:
                _into_inboxes(fresh, events)

    def seen(self, marks: Iterable[tuple[int | None, str, datetime | None]]) -> None:
        """Write a batch of seen marks of media as a whole: event, medium, moment.

        In a dry run an event may not be there yet, and is None.
        """
        marks = list(marks)
        wanted = {(event, medium): at for event, medium, at in marks if event is not None}
        rows = EventSeen.objects.filter(event__in={event for event, _ in wanted}, person="")
        known = set(rows.values_list("event_id", "medium_id")) & set(wanted)
        self._report.known["seen marks"] += len(known)
        to_come = sum(event is None for event, *_ in marks)
        self._report.new["seen marks"] += len(wanted) - len(known) + to_come
        if not self._dry_run:
            EventSeen.objects.bulk_create(
                EventSeen(event_id=event, medium_id=medium, seen_at=at or timezone.now())
                for (event, medium), at in wanted.items()
                if (event, medium) not in known
            )

    def _events(self, dedupe_keys: Iterable[str]) -> dict[str, int]:
        rows = Event.objects.filter(dedupe_key__in=list(dedupe_keys)).order_by()
        return {str(key): pk for key, pk in rows.values_list("dedupe_key", "pk")}

    def _event(self, one: Happening, described: dict[Reference, tuple[str, str]]) -> Event:
        event = Event(
            dedupe_key=one.dedupe_key,
            type_id=one.key,
            message=one.message,
            description=one.description,
            verb=one.verb[:255],
            url=self._address(one),
            level=one.level if one.level in Level.values else Level.INFO,
            public=one.public,
            data=one.data,
            created=one.created,
            delivered_at=one.created,
            expires_at=one.expires_at,
            removal_due_at=one.expires_at if one.told else None,
            extra_actor_count=max(len(one.actors) - 1, 0),
            has_own_audience=one.told,
            audience={"to": []} if one.told else {},
            **_columns("actor", one.actors[0] if one.actors else None, described),
            **_columns("action_object", one.action_object, described),
            **_columns("target", one.target, described),
        )
        event.fingerprint = fingerprint(event)
        return event

    def _address(self, one: Happening) -> str:
        """Return the event's address, unless a browser should rather not go there."""
        try:
            return safe_url(one.url)
        except InvalidNotification:
            self._report.note(
                "events", "its address is no path and not http(s), and was dropped", one.url
            )
            return ""


def _into_inboxes(copies: list[Copy], events: dict[str, int]) -> None:
    """Insert notifications under the locks of their inboxes. Runs in a transaction."""
    users = list({copy.user_id for copy in copies})
    Inbox.objects.bulk_create((Inbox(pk=user) for user in users), ignore_conflicts=True)
    revisions.advance(users)
    first = dict(Inbox.objects.filter(pk__in=users).values_list("pk", "rev"))
    same = dict(Event.objects.filter(pk__in=events.values()).values_list("pk", "fingerprint"))
    arrived: Counter[Any] = Counter()
    unread: Counter[Any] = Counter()
    rows = []
    for copy in copies:
        event, user = events[copy.happening.dedupe_key], copy.user_id
        rev = first[user] + arrived[user]
        arrived[user] += 1
        unread[user] += copy.read_at is None and copy.deleted_at is None
        rows.append(
            Notification(
                event_id=event,
                fingerprint=same[event],
                user_id=user,
                subscription_id=copy.subscription_id,
                seq=rev,
                rev=rev,
                occurrences=copy.occurrences,
                read_at=copy.read_at,
                deleted_at=copy.deleted_at,
                emailed_at=copy.emailed_at,
            )
        )
    Notification.objects.bulk_create(rows)
    _count(arrived, unread)


def _count(arrived: Counter[Any], unread: Counter[Any]) -> None:
    """Move the inboxes on; those with the same numbers in one statement."""
    alike: dict[tuple[int, int], list[Any]] = {}
    for user in arrived:
        # The lock has counted the first arrival already.
        alike.setdefault((arrived[user] - 1, unread[user]), []).append(user)
    for (more, new), users in alike.items():
        Inbox.objects.filter(pk__in=users).update(
            rev=F("rev") + more, unread=F("unread") + new, unseen=F("unseen") + new
        )


def _columns(
    name: str, reference: Reference | None, described: dict[Reference, tuple[str, str]]
) -> dict[str, Any]:
    """Return the columns of a generic reference of an event."""
    if reference is None:
        return {}
    text, url = described[reference]
    return {
        f"{name}_type": reference.kind,
        f"{name}_id": reference.pk,
        f"{name}_text": text,
        f"{name}_url": url,
    }
