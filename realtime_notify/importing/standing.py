"""Writes what stands: types, media, subscriptions, opt-outs.

What is there already stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import models, router, transaction

from realtime_notify.audience.subscribers import Subscriber, digest, model_label
from realtime_notify.importing.references import Reference
from realtime_notify.importing.report import Report
from realtime_notify.models import (
    DeliveryProfile,
    Medium,
    NotificationType,
    OptOut,
    Renderer,
    RenderingStyle,
    Subscription,
    SubscriptionFilter,
    TypeGroup,
)
from realtime_notify.models.media import INBOX
from realtime_notify.models.profiles import lock_profiles_of


@dataclass(frozen=True, slots=True)
class Interest:
    """A subscription as it is to be written.

    Attributes:
        row: the old row, for the report.
        subscriber, key, target, filters: what makes it distinct.
        media: the names of media, or () for every one.
        profile_id, only_following, active, since: as `Subscription` has them.
    """

    row: object
    subscriber: Subscriber
    key: str
    target: Reference | None = None
    filters: tuple[tuple[str, str], ...] = ()
    media: tuple[str, ...] = ()
    profile_id: int | None = None
    only_following: bool = False
    active: bool = True
    since: datetime | None = None
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        kind, pk = (self.target.kind, self.target.pk) if self.target else (None, "")
        values = dict(sorted(self.filters))
        # The same digest as subscribe() makes, so that both find the row.
        own = digest(self.subscriber.label(), self.key, model_label(kind), pk, values)
        object.__setattr__(self, "digest", own)

    def columns(self) -> dict[str, Any]:
        """Return the columns of the row."""
        columns = {
            **self.subscriber.columns(),
            "type_id": self.key,
            "target_type": self.target.kind if self.target else None,
            "target_id": self.target.pk if self.target else "",
            "identity": self.digest,
            "profile_id": self.profile_id,
            "only_following": self.only_following,
            "active": self.active,
        }
        return {**columns, "since": self.since} if self.since else columns


@dataclass(frozen=True, slots=True)
class Refusal:
    """An opt-out as it is to be written."""

    user_id: Any
    key: str
    medium: str

    def digest(self) -> str:
        """Return the same digest as `opt_out()` makes."""
        return digest(str(self.user_id), self.key, None, self.medium, "", "")


class Standing:
    """Writes batches of what stands, and counts them."""

    def __init__(self, report: Report, dry_run: bool) -> None:
        """Count in `report`; with `dry_run`, write nothing."""
        self._report = report
        self._dry_run = dry_run

    def types(self, rows: Iterable[NotificationType]) -> None:
        """Write types that are not there yet."""
        self._named("types", NotificationType, rows)

    def groups(self, rows: Iterable[TypeGroup]) -> None:
        """Write type groups that are not there yet."""
        self._named("type groups", TypeGroup, rows)

    def media(self, rows: Iterable[Medium]) -> None:
        """Write media that are not there yet."""
        self._named("media", Medium, rows)

    def styles(self, rows: Iterable[RenderingStyle]) -> None:
        """Write rendering styles that are not there yet."""
        self._named("rendering styles", RenderingStyle, rows)

    def renderers(self, rows: Iterable[Renderer]) -> None:
        """Write renderers that are not there yet, neither by name nor by what they render."""
        known = set(Renderer.objects.values_list("name", flat=True))
        what = set(Renderer.objects.values_list("style", "type", "type_group"))
        fresh = []
        for row in rows:
            if row.name in known or (row.style_id, row.type_id, row.type_group_id) in what:
                self._report.known["renderers"] += 1
            else:
                fresh.append(row)
        self._report.new["renderers"] += len(fresh)
        if not self._dry_run:
            Renderer.objects.bulk_create(fresh)

    def profiles(self, rows: Iterable[DeliveryProfile]) -> dict[tuple[Any, int], int]:
        """Write delivery profiles; those of one person with one interval are the same.

        Who has a default here keeps it.

        Returns:
            The primary keys of their profiles, by user and interval. In a dry run, of those there
            are.
        """
        wanted: dict[tuple[Any, int], DeliveryProfile] = {}
        for row in rows:
            same = wanted.setdefault((row.user_id, row.interval), row)
            same.is_default |= row.is_default
        users = {user_id for user_id, _interval in wanted}
        using = router.db_for_write(DeliveryProfile)
        with transaction.atomic(using=using):
            if not self._dry_run:
                lock_profiles_of(users, using)
            stored = list(DeliveryProfile.objects.using(using).filter(user__in=users))
            known = {(one.user_id, one.interval): one.pk for one in stored}
            fresh = [row for what, row in wanted.items() if what not in known]
            self._report.known["profiles"] += len(wanted) - len(fresh)
            self._report.new["profiles"] += len(fresh)
            settled = {one.user_id for one in stored if one.is_default}
            for row in sorted(fresh, key=lambda one: not one.is_default):
                row.is_default = row.user_id not in settled
                settled.add(row.user_id)
            if not self._dry_run:
                DeliveryProfile.objects.using(using).bulk_create(fresh)
                stored = list(DeliveryProfile.objects.using(using).filter(user__in=users))
        return {(one.user_id, one.interval): one.pk for one in stored}

    def subscriptions(self, interests: list[Interest]) -> dict[str, int]:
        """Write a batch of subscriptions.

        Returns:
            The primary keys of the subscriptions, by digest. In a dry run, of those there are.
        """
        distinct: dict[str, Interest] = {}
        for one in interests:
            distinct[one.digest] = self._united(distinct.get(one.digest), one)
        known = self.pks(distinct)
        self._report.known["subscriptions"] += len(known)
        fresh = [one for one in distinct.values() if one.digest not in known]
        self._report.new["subscriptions"] += len(fresh)
        if self._dry_run or not fresh:
            return known
        with transaction.atomic(using=router.db_for_write(Subscription)):
            for medium in {medium for one in fresh for medium in one.media}:
                Medium.objects.named(medium)
            Subscription.objects.bulk_create(Subscription(**one.columns()) for one in fresh)
            pks = self.pks(distinct)
            SubscriptionFilter.objects.bulk_create(
                SubscriptionFilter(subscription_id=pks[one.digest], name=name, value=value)
                for one in fresh
                for name, value in one.filters
            )
            chosen = Subscription.media.through
            chosen._default_manager.bulk_create(
                chosen(subscription_id=pks[one.digest], medium_id=medium)
                for one in fresh
                for medium in one.media
            )
        return pks

    def opt_outs(self, refusals: Iterable[Refusal]) -> None:
        """Write a batch of opt-outs."""
        wanted = {one.digest(): one for one in refusals}
        rows = OptOut.objects.filter(identity__in=wanted)
        known = set(rows.values_list("identity", flat=True))
        self._report.known["opt-outs"] += len(known)
        self._report.new["opt-outs"] += len(wanted) - len(known)
        if not self._dry_run:
            OptOut.objects.bulk_create(
                OptOut(
                    user_id=one.user_id, type_id=one.key, medium_id=one.medium, identity=interest
                )
                for interest, one in wanted.items()
                if interest not in known
            )

    def pks(self, digests: Iterable[str]) -> dict[str, int]:
        """Return the primary keys of subscriptions, by digest."""
        rows = Subscription.objects.filter(identity__in=list(digests)).order_by()
        return dict(rows.values_list("identity", "pk"))

    def _united(self, first: Interest | None, other: Interest) -> Interest:
        """Return one interest for two rows that say the same: by the media of both.

        Where they differ in whom they follow, one row cannot say it, and the wider one stays.
        """
        if first is None:
            return other
        if first.only_following != other.only_following:
            wider, narrower = (other, first) if first.only_following else (first, other)
            self._report.skip(
                "subscriptions",
                "follows only, where the same by another medium does not",
                narrower.row,
            )
            return wider
        self._report.note("subscriptions", "says the same as another, and becomes one with it")
        all_media = not (first.media and other.media)
        moments = [moment for moment in (first.since, other.since) if moment]
        return replace(
            first,
            # How often to mail is said by the one that mails.
            profile_id=(other if first.media == (INBOX,) else first).profile_id,
            media=() if all_media else tuple(dict.fromkeys([*first.media, *other.media])),
            active=first.active or other.active,
            since=min(moments, default=None),
        )

    def _named(self, part: str, model: type[Any], rows: Iterable[models.Model]) -> None:
        """Write rows that are known by their own names."""
        wanted = {row.pk: row for row in rows}
        known = set(model._default_manager.filter(pk__in=wanted).values_list("pk", flat=True))
        self._report.known[part] += len(known)
        self._report.new[part] += len(wanted) - len(known)
        if not self._dry_run:
            fresh = [row for pk, row in wanted.items() if pk not in known]
            model._default_manager.bulk_create(fresh)
