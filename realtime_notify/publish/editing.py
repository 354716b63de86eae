"""`edit()`: change what an event says, wherever it still can be changed."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypedDict, Unpack

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from realtime_notify import delivery
from realtime_notify.exceptions import InvalidNotification
from realtime_notify.models import Event
from realtime_notify.models.transactions import writing
from realtime_notify.publish.validation import TEXTS, checked_texts, fingerprint, stored_texts
from realtime_notify.texts import Text


class Texts(TypedDict, total=False):
    """What `edit()` may change. Each is checked, and means the same, as in `notify()`.

    Attributes:
        message: what people read.
        description: a longer text.
        url: where a click leads.
        level: "info", "success", "warning" or "error"; None for the level of the type.
        data: anything JSON can hold.
        verb: what the actor did.
    """

    message: str | Text
    description: str | Text
    url: str | None
    level: str | None
    data: Any
    verb: str | Text


def edit(event: Event, **texts: Unpack[Texts]) -> bool:
    """Change what an event says, in every inbox and in whatever has not left the site yet.

    It happens when the surrounding transaction commits, and not at all if it is rolled back. Open
    browsers show the new text; what was read stays read, and nothing arrives again. What mail, push
    services and webhooks were given already stays as it was.

    Args:
        event: the event; what has changed is set on it. Nothing happens to one that was never
            saved, as inside `notifications_disabled()`.
        **texts: what is to change; see `Texts`. The rest stays as it is.

    Returns:
        True if something has changed; False if the event said just this before.

    Raises:
        InvalidNotification: a text has a wrong value, or the event has expired, was withdrawn, or
            does not exist. Nothing was written.
        TypeError: no text was given, or there is none of this name.
    """
    _check_names(texts)
    columns = checked_texts(texts)
    if event.pk is None:  # made inside `notifications_disabled()`
        return False
    with writing(Event) as database:
        row = _lock(event.pk)
        if "level" in columns:
            columns["level"] = columns["level"] or row.type.level
        columns["texts"] = stored_texts(texts, row.texts)
        is_changed = any(getattr(row, name) != value for name, value in columns.items())
        if is_changed:
            _save(row, columns)
            delivery.revise_after_commit(delivery.EDIT, row.pk, database)
        else:
            transaction.set_rollback(True, using=database)
    if is_changed:
        for name in (*columns, *_KEPT):
            setattr(event, name, getattr(row, name))
    return is_changed


aedit = sync_to_async(edit)

_KEPT = ("edition", "edit_due_at", "fingerprint")
"""Columns that follow from an edit."""


def _check_names(texts: Mapping[str, Any]) -> None:
    if unknown := sorted(texts.keys() - TEXTS.keys()):
        close = get_close_matches(unknown[0], TEXTS, n=1)
        raise TypeError(
            f"edit() cannot change {unknown[0]!r}"
            f"{f' (do you mean {close[0]!r}?)' if close else ''}; it changes: {', '.join(TEXTS)}."
        )
    if not texts:
        raise TypeError(f"edit() needs something to change: {', '.join(TEXTS)}.")


def _lock(pk: int) -> Event:
    """Lock an event by beginning its next edition, and return it.

    Whoever is delivering it finishes a chunk first, and finds nothing to claim afterwards until
    they have read the event anew.
    """
    event = Event.objects.filter(pk=pk)
    if not event.unexpired().not_withdrawn().update(edition=F("edition") + 1):
        raise InvalidNotification(_reason(event.first(), pk))
    return event.to_show().get()


def _reason(event: Event | None, pk: int) -> str:
    """Say why an event cannot be edited."""
    if event is None:
        return f"Event {pk} does not exist any more, so it cannot be edited."
    if event.withdrawn_at is not None:
        return f"Event {pk} was withdrawn at {event.withdrawn_at}; use notify() to say it anew."
    return f"Event {pk} expired at {event.expires_at}; use notify() to say it anew."


def _save(event: Event, columns: Mapping[str, Any]) -> None:
    """Save new texts, and what follows from them."""
    for name, value in columns.items():
        setattr(event, name, value)
    event.fingerprint = fingerprint(event)
    event.edit_due_at = timezone.now()
    event.save(update_fields=[*columns, "fingerprint", "edit_due_at"])
