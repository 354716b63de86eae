"""The counter of broadcasts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from realtime_notify.models.primary import PrimaryManager, PrimaryModel


class BroadcastCounterManager(PrimaryManager["BroadcastCounter"]):
    """Reads and moves the counter."""

    def ensure(self) -> None:
        """Make the row if there is none. Call it outside a transaction, before `next()`.

        Within one, MariaDB would keep the locks that the insert takes on a gap it shares with
        others, and two processes that begin with the first broadcasts would end in a deadlock.
        """
        if not self.filter(pk=self.model.ONLY_ROW).exists():
            self.bulk_create([self.model(pk=self.model.ONLY_ROW)], ignore_conflicts=True)

    def next(self) -> int:
        """Add 1 to the counter, which locks it until the transaction ends, and return it."""
        row = self.filter(pk=self.model.ONLY_ROW)
        row.update(number=F("number") + 1)
        return row.values_list("number", flat=True).get()

    def newest(self) -> int:
        """Return the number of the newest broadcast; 0 before the first."""
        row = self.filter(pk=self.model.ONLY_ROW)
        return row.values_list("number", flat=True).first() or 0

    def newest_number(self) -> Coalesce:
        """Return the same as an expression, for queries that read something else as well."""
        row = self.filter(pk=self.model.ONLY_ROW)
        return Coalesce(Subquery(row.values("number")), Value(0))


class BroadcastCounter(PrimaryModel):
    """One row, whose primary key is 1: the number of the newest broadcast.

    Each lazy event adds 1 under the lock of the row and takes the result as its `number`. Numbers
    are therefore gap-free in the order of commits: whoever reads 17 here can read every broadcast
    up to 17. Before the first broadcast there is no row.
    """

    ONLY_ROW = 1

    number = models.PositiveBigIntegerField(_("number"), default=0)

    objects: ClassVar[BroadcastCounterManager] = BroadcastCounterManager()

    class Meta:
        verbose_name = _("broadcast counter")
        verbose_name_plural = _("broadcast counters")

    def __str__(self) -> str:
        return str(self.number)
