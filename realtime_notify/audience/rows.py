"""Subscriptions as the rules of the audience read them, with nothing left to look up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import (
    BigIntegerField,
    Case,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from realtime_notify.audience.addressing import Topic, happened_at
from realtime_notify.models import Event, Subscription, SubscriptionFilter
from realtime_notify.models.arrays import among
from realtime_notify.models.media import INBOX
from realtime_notify.models.moments import clock_skew

MANY_GROUPS = 1000
"""Up to this many subscriptions of groups are read without asking first who is in which group."""

GroupRef = tuple[int, str]
"""The primary key of a content type, and a group's primary key as text."""


class SubscriptionRow(NamedTuple):
    """What the rules read of a subscription.

    Attributes:
        medium: "inbox" if it names the inbox, among others; another medium if it does not; None
            if it names none, and the media of its type apply.
        filter: one of its filters; None if it has none, or if no topic has values for them.
        since: when it begins to match; None if it does so from the first of the events on.
        after_event: the newest event when it was made; None if only the clock is to decide.
    """

    pk: int
    user: Any
    group_type: int | None
    group: str
    role: str
    type: str
    target_type: int | None
    target: str
    only_following: bool
    active: bool
    profile: int | None
    medium: str | None
    filter: int | None
    since: datetime | None
    after_event: int | None

    def had_begun(self, event: Event) -> bool:
        """Return whether it had begun when an event happened; see `sql.had_begun()`."""
        moment = happened_at(event)
        if self.since is None or self.since <= moment:
            return True
        if self.after_event is None or event.pk is None:
            return False
        return self.after_event < event.pk and self.since <= moment + clock_skew()


_COLUMNS = (
    *("pk", "user_id", "group_type_id", "group_id", "role", "type_id", "target_type_id"),
    *("target_id", "only_following", "active", "profile_id"),
    *("rn_medium", "rn_filter", "rn_since", "after_event"),
)


class Subscriptions:
    """The subscriptions to some topics.

    Args:
        topics: the topics.
        earliest: when the first of the events happened that have these topics.
    """

    def __init__(self, topics: Iterable[Topic], earliest: datetime) -> None:
        self.topics = list(topics)
        self._earliest = earliest

    def own(self, people: Collection[Any]) -> list[SubscriptionRow]:
        """Return the subscriptions of these users."""
        return self.rows(self._all().filter(among("user", people)))

    def owners(self, limit: int) -> list[Any]:
        """Return the primary keys of at most `limit` users who have such a subscription."""
        own = self._all().filter(user__isnull=False)
        return list(own.values_list("user", flat=True).distinct()[:limit])

    def of_groups(self, groups: Collection[GroupRef] | None = None) -> list[SubscriptionRow]:
        """Return the subscriptions of these groups, or of any if there are not too many.

        Returns:
            The rows; without `groups`, more than `MANY_GROUPS` mean that some are missing.
        """
        of_groups = self._all().filter(group_type__isnull=False)
        if groups is None:
            return self.rows(of_groups[: MANY_GROUPS + 1])
        types, keys = {kind for kind, _ in groups}, {key for _, key in groups}
        found = of_groups.filter(among("group_id", keys), group_type__in=types)
        return [row for row in self.rows(found) if (row.group_type, row.group) in groups]

    def of_addresses(self, addresses: Collection[str]) -> list[SubscriptionRow]:
        """Return the subscriptions of these e-mail addresses; see `rows_of_addresses()`."""
        found = self._all().filter(among("email", addresses))
        return self.rows_of_addresses(found.order_by("email"))

    def rows_of_addresses(self, found: QuerySet[Subscription]) -> list[SubscriptionRow]:
        """Return subscriptions of e-mail addresses as rows, with the address as their user."""
        columns = [{"user_id": "email"}.get(column, column) for column in _COLUMNS]
        # An address follows nobody, and is not asked whom it follows.
        return [row._replace(only_following=False) for row in self._rows(found, columns)]

    def rows(self, found: QuerySet[Subscription]) -> list[SubscriptionRow]:
        """Return subscriptions of users and groups as rows."""
        return self._rows(found, _COLUMNS)

    def _rows(self, found: QuerySet[Subscription], columns: Iterable[str]) -> list[SubscriptionRow]:
        """Return these columns of subscriptions as rows.

        What belongs to a row is selected by a subquery of its own, not by EXISTS: that PostgreSQL
        might answer by reading the whole other table first.
        """
        of_row = {"subscription": OuterRef("pk")}
        media = Subscription.media.through.objects.filter(**of_row).values("medium")
        some_filter: Any = Value(None, BigIntegerField())
        if any(topic.filters for topic in self.topics):
            some_filter = Subquery(SubscriptionFilter.objects.filter(**of_row).values("pk")[:1])
        annotated = found.annotate(
            rn_medium=Coalesce(Subquery(media.filter(medium=INBOX)[:1]), Subquery(media[:1])),
            rn_filter=some_filter,
            rn_since=Case(When(since__gt=self._earliest, then=F("since"))),
        )
        return [SubscriptionRow(*row) for row in annotated.values_list(*columns)]

    def _all(self) -> QuerySet[Subscription]:
        """Return the subscriptions to these types and targets, and to other pairs of them."""
        types = {topic.type_id for topic in self.topics}
        everything = Subscription.objects.order_by()
        return everything.filter(about(self.topics), among("type", types))


def about(topics: Iterable[Topic]) -> Q:
    """Q: rows without a target, or with one of these topics' targets."""
    found = Q(target_type=None, target_id="")
    targets = {(topic.target_type_id, topic.target_id) for topic in topics if topic.target_id}
    if not targets:
        return found
    types, ids = {kind for kind, _ in targets}, {key for _, key in targets}
    return found | Q(among("target_id", ids), target_type__in=types)
