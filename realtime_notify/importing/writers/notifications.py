"""Writes events and seen marks, and puts notifications into the inboxes.

A batch is one transaction. It locks its inboxes in order, gives each notification a revision of
its own, so that the inbox lists them in the order they were read, and counts the unread ones.
Browsers that have an inbox open see the new revision as after any other change.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import router, transaction
from django.utils import timezone

from realtime_notify.exceptions import InvalidNotification
from realtime_notify.importing.old_refs import Description, OldRef, describe, existing_users
from realtime_notify.importing.records import ImportedEvent, ImportedNotification
from realtime_notify.importing.report import Report
from realtime_notify.inbox import numbers
from realtime_notify.models import Event, EventActor, EventSeen, Level, Notification
from realtime_notify.models.transactions import writing
from realtime_notify.publish.validation import fingerprint, safe_url


class NotificationWriter:
    """Writes notifications, and the events they are of, and counts them.

    Merging and counting need old rows in a certain order: those of one event for one person in
    the same batch, and events ordered by the second they were created in. An event whose rows are
    all in one batch may come at any time.
    """

    def __init__(self, report: Report, dry_run: bool) -> None:
        """Count in `report`; with `dry_run`, write nothing."""
        self._report = report
        self._dry_run = dry_run
        self._counted: dict[str, datetime] = {}

    def write(self, notifications: Iterable[ImportedNotification]) -> None:
        """Write a batch of notifications with their events."""
        merged = self._merged(list(notifications))
        with writing(Event):
            events = self.write_events(one.event for one in merged.values())
            users = {user_id for _event, user_id in merged}
            known = set(
                Notification.objects.filter(event__in=events.values(), user__in=users)
                .order_by()
                .values_list("event__dedupe_key", "user_id")
            )
            new = [one for identity, one in merged.items() if identity not in known]
            self._report.new["notifications"] += len(new)
            self._report.known["notifications"] += len(merged) - len(new)
            if new and not self._dry_run:
                _into_inboxes(new, events)

    def write_events(self, events: Iterable[ImportedEvent]) -> dict[str, int]:
        """Write a batch of events.

        Returns:
            The primary keys of the events, by dedupe key. In a dry run, of those that exist.
        """
        wanted: dict[str, ImportedEvent] = {}
        for event in events:
            wanted.setdefault(event.dedupe_key, event)
        known = self._pks(wanted)
        self._count_events(wanted, known)
        new = [event for event in wanted.values() if event.dedupe_key not in known]
        if self._dry_run or not new:
            return known
        described = describe(ref for event in new for ref in event.refs())
        with transaction.atomic(using=router.db_for_write(Event)):
            Event.objects.bulk_create(_event_row(event, described) for event in new)
            pks = self._pks(wanted)
            EventActor.objects.bulk_create(
                EventActor(event_id=pks[event.dedupe_key], **_columns("actor", actor, described))
                for event in new
                for actor in event.actors[1:]
            )
        return pks

    def write_seen_marks(
        self, marks: Iterable[tuple[str, str, datetime | None]], events: Mapping[str, int]
    ) -> None:
        """Write a batch of marks that a medium has handled an event.

        Args:
            marks: an event's dedupe key, a medium's name, and when it was seen.
            events: the primary keys of the events, by dedupe key; in a dry run, new events are
                missing.
        """
        wanted = {(event, medium): seen_at for event, medium, seen_at in marks}
        rows = EventSeen.objects.filter(event__in=events.values(), person="")
        known = set(rows.values_list("event__dedupe_key", "medium_id")) & set(wanted)
        self._report.known["seen marks"] += len(known)
        self._report.new["seen marks"] += len(wanted) - len(known)
        if not self._dry_run:
            EventSeen.objects.bulk_create(
                EventSeen(
                    event_id=events[event], medium_id=medium, seen_at=seen_at or timezone.now()
                )
                for (event, medium), seen_at in wanted.items()
                if (event, medium) not in known
            )

    def _merged(
        self, notifications: list[ImportedNotification]
    ) -> dict[tuple[str, Any], ImportedNotification]:
        """Return one notification for each event and existing user."""
        users = existing_users(notification.user_id for notification in notifications)
        merged: dict[tuple[str, Any], ImportedNotification] = {}
        for notification in notifications:
            if notification.user_id not in users:
                self._report.skip("notifications", "the user does not exist", notification.row)
                continue
            identity = (notification.event.dedupe_key, notification.user_id)
            first = merged.setdefault(identity, notification)
            if first is not notification:
                self._report.note(
                    "notifications", "merged with a copy for the same person", notification.row
                )
                first.merge(notification)
        return merged

    def _count_events(self, batch: Mapping[str, ImportedEvent], known: Container[str]) -> None:
        """Count each event once, though its notifications may fill several batches."""
        if not batch:
            return
        # Only an event of the last batch's last second can come again.
        second = min(event.created for event in batch.values()).replace(microsecond=0)
        self._counted = {key: at for key, at in self._counted.items() if at >= second}
        for key, event in batch.items():
            if key not in self._counted:
                self._counted[key] = event.created
                if key in known:
                    self._report.known["events"] += 1
                    continue
                self._report.new["events"] += 1
                if event.url and not _safe_url(event):
                    remark = "lost its URL, which is neither a path nor http(s)"
                    self._report.note("events", remark, event.url)

    def _pks(self, dedupe_keys: Iterable[str]) -> dict[str, int]:
        rows = Event.objects.filter(dedupe_key__in=list(dedupe_keys)).order_by()
        return {str(key): pk for key, pk in rows.values_list("dedupe_key", "pk")}


def _event_row(event: ImportedEvent, described: Mapping[OldRef, Description]) -> Event:
    row = Event(
        dedupe_key=event.dedupe_key,
        type_id=event.key,
        message=event.message,
        description=event.description,
        verb=event.verb[:255],
        url=_safe_url(event),
        level=event.level if event.level in Level.values else Level.INFO,
        public=event.public,
        data=event.data,
        created=event.created,
        delivered_at=event.created,
        expires_at=event.expires_at,
        removal_due_at=event.expires_at if event.has_recipients else None,
        extra_actor_count=max(len(event.actors) - 1, 0),
        has_own_audience=event.has_recipients,
        audience={"to": []} if event.has_recipients else {},
        **_columns("actor", event.actors[0] if event.actors else None, described),
        **_columns("action_object", event.action_object, described),
        **_columns("target", event.target, described),
    )
    row.fingerprint = fingerprint(row)
    return row


def _into_inboxes(notifications: list[ImportedNotification], events: dict[str, int]) -> None:
    """Insert notifications under the locks of their inboxes. Runs in a transaction."""
    users = list({notification.user_id for notification in notifications})
    numbers.ensure_inboxes(users)
    inboxes = numbers.lock(users, wait=True)
    same = dict(Event.objects.filter(pk__in=events.values()).values_list("pk", "fingerprint"))
    rows = []
    for notification in notifications:
        event, user = events[notification.event.dedupe_key], notification.user_id
        inbox = inboxes[user]
        is_unread = notification.read_at is None and notification.deleted_at is None
        inbox.rev += 1
        inbox.unread += is_unread
        inbox.unseen += is_unread
        rows.append(
            Notification(
                event_id=event,
                fingerprint=same[event],
                user_id=user,
                subscription_id=notification.subscription_id,
                seq=inbox.rev,
                rev=inbox.rev,
                occurrences=notification.occurrences,
                read_at=notification.read_at,
                deleted_at=notification.deleted_at,
                emailed_at=notification.emailed_at,
            )
        )
    Notification.objects.bulk_create(rows)
    numbers.save(inboxes, "rev", "unread", "unseen")


def _safe_url(event: ImportedEvent) -> str:
    """Return the event's URL, or "" if a browser should not follow it."""
    try:
        return safe_url(event.url)
    except InvalidNotification:
        return ""


def _columns(
    name: str, ref: OldRef | None, described: Mapping[OldRef, Description]
) -> dict[str, Any]:
    """Return the columns of an event's generic reference."""
    if ref is None:
        return {}
    text, url = described[ref]
    return {
        f"{name}_type": ref.content_type,
        f"{name}_id": ref.pk,
        f"{name}_text": text,
        f"{name}_url": url,
    }
