"""Old rows in this package's terms, ready to be written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from realtime_notify.audience.subscribers import Subscriber, digest, model_label
from realtime_notify.importing.old_refs import OldRef
from realtime_notify.models import Level
from realtime_notify.models.media import INBOX


class CannotImport(Exception):
    """An old row has no equivalent here; the message is the reason the report gives."""


@dataclass(frozen=True, slots=True, eq=False)
class ImportedEvent:
    """An event to write.

    Attributes:
        dedupe_key: identifies the event in every repetition of the import.
        has_recipients: whether the event is only for the people it has notifications for, and
            not for the subscribers of its type.
        The other attributes are those of `Event`.
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
    actors: tuple[OldRef, ...] = ()
    action_object: OldRef | None = None
    target: OldRef | None = None
    has_recipients: bool = True

    def refs(self) -> Iterable[OldRef | None]:
        """Return everything the event refers to."""
        return (*self.actors, self.action_object, self.target)


@dataclass(slots=True)
class ImportedNotification:
    """One person's notification of an event, to write.

    Attributes:
        row: the old row's key, for the report.
        The other attributes are those of `Notification`.
    """

    row: object
    event: ImportedEvent
    user_id: Any
    read_at: datetime | None = None
    deleted_at: datetime | None = None
    emailed_at: datetime | None = None
    occurrences: int = 1
    subscription_id: int | None = None

    def merge(self, other: ImportedNotification) -> None:
        """Merge another copy for the same person: read, or deleted, only if both are."""
        self.read_at = self.read_at and other.read_at
        self.deleted_at = self.deleted_at and other.deleted_at
        self.emailed_at = self.emailed_at or other.emailed_at
        self.occurrences = max(self.occurrences, other.occurrences)
        self.subscription_id = self.subscription_id or other.subscription_id


@dataclass(frozen=True, slots=True)
class ImportedSubscription:
    """A subscription to write.

    Attributes:
        row: the old row's key, for the report.
        subscriber, key, target, filters: what identifies the subscription.
        media: the names of media, or () for all.
        profile_id, only_following, active, since: as in `Subscription`.
    """

    row: object
    subscriber: Subscriber
    key: str
    target: OldRef | None = None
    filters: tuple[tuple[str, str], ...] = ()
    media: tuple[str, ...] = ()
    profile_id: int | None = None
    only_following: bool = False
    active: bool = True
    since: datetime | None = None
    identity: str = field(init=False)

    def __post_init__(self) -> None:
        model, pk = (self.target.content_type, self.target.pk) if self.target else (None, "")
        values = dict(sorted(self.filters))
        # subscribe() makes the same digest, so that it finds the imported row.
        own = digest(self.subscriber.label(), self.key, model_label(model), pk, values)
        object.__setattr__(self, "identity", own)

    def merge(self, other: ImportedSubscription) -> ImportedSubscription:
        """Return one subscription for two rows that differ in their media at most."""
        all_media = not (self.media and other.media)
        moments = [moment for moment in (self.since, other.since) if moment]
        return replace(
            self,
            # The subscription that sends e-mail decides how often.
            profile_id=(other if self.media == (INBOX,) else self).profile_id,
            media=() if all_media else tuple(dict.fromkeys([*self.media, *other.media])),
            active=self.active or other.active,
            since=min(moments, default=None),
        )

    def columns(self) -> dict[str, Any]:
        """Return the columns of the row."""
        columns = {
            **self.subscriber.columns(),
            "type_id": self.key,
            "target_type": self.target.content_type if self.target else None,
            "target_id": self.target.pk if self.target else "",
            "identity": self.identity,
            "profile_id": self.profile_id,
            "only_following": self.only_following,
            "active": self.active,
        }
        return {**columns, "since": self.since} if self.since else columns


@dataclass(frozen=True, slots=True)
class ImportedOptOut:
    """An opt-out to write."""

    user_id: Any
    key: str
    medium: str

    def identity(self) -> str:
        """Return the digest that `opt_out()` makes for the same opt-out."""
        return digest(str(self.user_id), self.key, None, self.medium, "", "")


def dedupe_key(system: str, *content: object) -> str:
    """Return a dedupe key made of an event's content, the same in every import.

    Args:
        system: the old system, which becomes the key's prefix.
        content: what the rows of one event have in common.
    """
    text = json.dumps(content, default=str)
    return f"{system}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
