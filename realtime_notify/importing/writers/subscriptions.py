"""Writes delivery profiles, subscriptions and opt-outs.

Rows that exist already stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import router, transaction

from realtime_notify.importing.records import ImportedOptOut, ImportedSubscription
from realtime_notify.importing.report import Report
from realtime_notify.models import (
    DeliveryProfile,
    Medium,
    OptOut,
    Subscription,
    SubscriptionFilter,
)
from realtime_notify.models.profiles import lock_profiles_of
from realtime_notify.models.transactions import writing


class SubscriptionWriter:
    """Writes subscriptions and what belongs to them, a batch at a time, and counts them."""

    def __init__(self, report: Report, dry_run: bool) -> None:
        """Count in `report`; with `dry_run`, write nothing."""
        self._report = report
        self._dry_run = dry_run

    def write_profiles(self, rows: Iterable[DeliveryProfile]) -> dict[tuple[Any, int], int]:
        """Write delivery profiles, one for each interval of a user.

        A user who has a default profile here keeps it.

        Returns:
            The primary keys of the users' profiles, by user and interval. In a dry run, of those
            that exist.
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
            known = {(profile.user_id, profile.interval) for profile in stored}
            new = [row for identity, row in wanted.items() if identity not in known]
            self._report.known["profiles"] += len(wanted) - len(new)
            self._report.new["profiles"] += len(new)
            have_default = {profile.user_id for profile in stored if profile.is_default}
            for row in sorted(new, key=lambda row: not row.is_default):
                row.is_default = row.user_id not in have_default
                have_default.add(row.user_id)
            if not self._dry_run:
                DeliveryProfile.objects.using(using).bulk_create(new)
                stored = list(DeliveryProfile.objects.using(using).filter(user__in=users))
        return {(profile.user_id, profile.interval): profile.pk for profile in stored}

    def write(self, subscriptions: Iterable[ImportedSubscription]) -> None:
        """Write a batch of subscriptions; all rows of one subscriber are in the same batch."""
        wanted: dict[str, ImportedSubscription] = {}
        for subscription in subscriptions:
            first = wanted.get(subscription.identity)
            wanted[subscription.identity] = (
                self._merged(first, subscription) if first else subscription
            )
        known = self.pks(wanted)
        self._report.known["subscriptions"] += len(known)
        new = [one for identity, one in wanted.items() if identity not in known]
        self._report.new["subscriptions"] += len(new)
        if self._dry_run or not new:
            return
        with writing(Subscription):
            for medium in {medium for subscription in new for medium in subscription.media}:
                Medium.objects.named(medium)
            Subscription.objects.bulk_create(Subscription(**one.columns()) for one in new)
            pks = self.pks(wanted)
            SubscriptionFilter.objects.bulk_create(
                SubscriptionFilter(subscription_id=pks[one.identity], name=name, value=value)
                for one in new
                for name, value in one.filters
            )
            subscription_media = Subscription.media.through
            subscription_media._default_manager.bulk_create(
                subscription_media(subscription_id=pks[one.identity], medium_id=medium)
                for one in new
                for medium in one.media
            )

    def write_opt_outs(self, opt_outs: Iterable[ImportedOptOut]) -> None:
        """Write a batch of opt-outs; all those of one user are in the same batch."""
        wanted = {opt_out.identity(): opt_out for opt_out in opt_outs}
        rows = OptOut.objects.filter(identity__in=wanted)
        known = set(rows.values_list("identity", flat=True))
        self._report.known["opt-outs"] += len(known)
        self._report.new["opt-outs"] += len(wanted) - len(known)
        if not self._dry_run:
            OptOut.objects.bulk_create(
                OptOut(
                    user_id=opt_out.user_id,
                    type_id=opt_out.key,
                    medium_id=opt_out.medium,
                    identity=identity,
                )
                for identity, opt_out in wanted.items()
                if identity not in known
            )

    def pks(self, identities: Iterable[str]) -> dict[str, int]:
        """Return the primary keys of subscriptions, by identity."""
        rows = Subscription.objects.filter(identity__in=list(identities)).order_by()
        return dict(rows.values_list("identity", "pk"))

    def _merged(
        self, first: ImportedSubscription, other: ImportedSubscription
    ) -> ImportedSubscription:
        """Return one subscription for two equal ones, by the media of both.

        One row cannot follow by one medium and not by another, so the wider one is kept.
        """
        if first.only_following != other.only_following:
            wider, narrower = (other, first) if first.only_following else (first, other)
            self._report.skip(
                "subscriptions",
                "only follows, while the same subscription by another medium does not",
                narrower.row,
            )
            return wider
        self._report.note("subscriptions", "merged with an equal subscription", other.row)
        return first.merge(other)
