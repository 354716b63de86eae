"""Looks: what of a message is still worth sending, right before it leaves.

A message may have waited for a minute or for a month. Whatever its reader has dealt with
meanwhile, and whatever they no longer want, stays here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings as django_settings

from realtime_notify.audience.addressing import happened_at
from realtime_notify.conf import settings
from realtime_notify.models import Dispatch, DispatchItem
from realtime_notify.models.profiles import AT_ONCE, NEVER
from realtime_notify.outbox import Item, MediumBackend, Message, Reader
from realtime_notify.outbox.windows import Rhythm, after_quiet_hours
from realtime_notify.outbox.writing import rhythm_for
from realtime_notify.sending import reasons
from realtime_notify.sending.facts import Badge, Facts, gather


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a dispatch has found.

    Attributes:
        message: what is to be sent; None if nothing is.
        reason: why nothing is.
        dropped: why an item is not in the message, by primary key.
        notifications: the primary keys of the notifications that the message tells of.
        quiet_until: when the quiet hours end in which it would arrive; None if it would not.
    """

    message: Message | None
    reason: str
    dropped: Mapping[int, str]
    notifications: Sequence[int] = ()
    quiet_until: datetime | None = None


def look(dispatches: Sequence[Dispatch], backend: MediumBackend, now: datetime) -> dict[int, Look]:
    """Look at some dispatches of one medium; the statements do not depend on how many.

    Args:
        dispatches: the dispatches.
        backend: the backend of their medium.
        now: the moment at which events count as expired.

    Returns:
        What was found, by the primary key of the dispatch.
    """
    facts = gather(dispatches, backend, now)
    return {dispatch.pk: _look(dispatch, facts) for dispatch in dispatches}


def _look(dispatch: Dispatch, facts: Facts) -> Look:
    items = facts.items[dispatch.pk]
    dropped = {
        item.pk: reason for item in items if (reason := _reason_against(item, dispatch, facts))
    }
    left = [item for item in items if item.pk not in dropped]
    # Repeats of a notification that come together are one line: the latest.
    newest = {item.notification_id or -item.pk: item.pk for item in left}
    repeated = {item.pk for item in left} - set(newest.values())
    dropped |= dict.fromkeys(repeated, reasons.TOLD)
    left = [item for item in left if item.pk not in repeated]
    if not left:
        return Look(None, dropped[items[-1].pk] if items else reasons.EMPTY, dropped)
    if (quiet_until := _quiet_until(left, dispatch, facts)) is not None:
        return Look(None, reasons.QUIET, {}, quiet_until=quiet_until)
    notifications = [item.notification.pk for item in left if item.notification is not None]
    return Look(_message(dispatch, left, facts), "", dropped, notifications)


def _message(dispatch: Dispatch, items: Sequence[DispatchItem], facts: Facts) -> Message:
    return Message(
        pk=dispatch.pk,
        medium=facts.backend.name,
        items=[Item(item.event, item.notification, item.subscription) for item in items],
        reader=_reader(dispatch, facts),
        user=facts.users.get(dispatch.user_id),
        endpoint=facts.endpoints.get(dispatch.endpoint_id or 0),
        interval=dispatch.interval,
        attempts=dispatch.attempts,
        unread=facts.badges.get(dispatch.user_id, Badge(0, 0)).unread,
    )


def _reader(dispatch: Dispatch, facts: Facts) -> Reader:
    anybody = Reader(django_settings.LANGUAGE_CODE, django_settings.TIME_ZONE, dispatch.address)
    return facts.readers.get(dispatch.user_id, anybody)


def _reason_against(item: DispatchItem, dispatch: Dispatch, facts: Facts) -> str:
    """Return why an event is not to be sent; "" if it is."""
    return (
        _of_event(item, facts)
        or _of_notification(item, dispatch, facts)
        or _of_recipient(item, dispatch, facts)
    )


def _of_event(item: DispatchItem, facts: Facts) -> str:
    if item.event.withdrawn_at is not None:
        return reasons.WITHDRAWN
    expires = item.event.expires_at
    return reasons.EXPIRED if expires is not None and expires <= facts.now else ""


def _of_notification(item: DispatchItem, dispatch: Dispatch, facts: Facts) -> str:
    one = item.notification
    if one is None:
        return ""
    is_digest = dispatch.interval != AT_ONCE
    told = facts.told.get(one.pk)
    if one.deleted_at is not None:
        return reasons.DELETED
    if one.archived_at is not None:
        return reasons.ARCHIVED
    if one.read_at is not None and not (is_digest and not settings.DIGEST_ONLY_UNREAD):
        return reasons.READ
    if one.snoozed_until is not None:
        return reasons.SNOOZED
    # A digest is of what is unread; a message at once is of what was not even looked at.
    if not is_digest and one.seq <= facts.badges.get(dispatch.user_id, Badge(0, 0)).seen:
        return reasons.SEEN
    return reasons.TOLD if told is not None and told > happened_at(item.event) else ""


def _of_recipient(item: DispatchItem, dispatch: Dispatch, facts: Facts) -> str:
    if dispatch.endpoint_id is not None:
        endpoint = facts.endpoints.get(dispatch.endpoint_id)
        return "" if endpoint is not None and endpoint.active else reasons.INACTIVE
    if dispatch.user_id is None:
        return _of_address(item, dispatch, facts)
    if dispatch.user_id not in facts.active:
        return reasons.INACTIVE
    if (item.event_id, dispatch.user_id) not in facts.concerned:
        return reasons.NOT_CONCERNED
    if _is_never(item, dispatch, facts):
        return reasons.NEVER
    if dispatch.user_id not in facts.reachable:
        return reasons.UNREACHABLE
    return reasons.RESTING if _reader(dispatch, facts).address.lower() in facts.resting else ""


def _of_address(item: DispatchItem, dispatch: Dispatch, facts: Facts) -> str:
    if (item.event_id, dispatch.address) not in facts.addressed:
        return reasons.NOT_CONCERNED
    if _is_never(item, dispatch, facts):
        return reasons.NEVER
    return reasons.RESTING if dispatch.address.lower() in facts.resting else ""


def _is_never(item: DispatchItem, dispatch: Dispatch, facts: Facts) -> bool:
    return _rhythm(item, dispatch, facts).interval == NEVER


def _quiet_until(
    items: Sequence[DispatchItem], dispatch: Dispatch, facts: Facts
) -> datetime | None:
    """Return when the recipient's quiet hours end; None if it is not quiet for one of the events.

    A message is not due in quiet hours, but one that failed, or that no worker was there to send,
    may get into them.
    """
    if dispatch.endpoint_id is not None:
        return None
    rhythms = (_rhythm(item, dispatch, facts) for item in items)
    earliest = min(after_quiet_hours(rhythm, facts.now) for rhythm in rhythms)
    return earliest if earliest > facts.now else None


def _rhythm(item: DispatchItem, dispatch: Dispatch, facts: Facts) -> Rhythm:
    chosen = facts.rhythms[dispatch.user_id, item.subscription_id]
    return rhythm_for(chosen, type(facts.backend), item.event.type)
