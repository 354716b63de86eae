"""Allowances: how much somebody without an account may ask for in an hour.

Many processes must agree on them, so they are rows. One number for each is enough: the moment at
which the allowance is whole again. Whoever takes from it moves that moment on, in one statement,
and may do so until it is an hour ahead (the "generic cell rate algorithm").
"""

from __future__ import annotations

from time import time
from typing import ClassVar

from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.crypto import salted_hmac

from realtime_notify.models.primary import PrimaryManager, PrimaryModel

HOUR = 3600.0
BATCH = 100
"""Rows that are removed at once."""


class AllowanceManager(PrimaryManager["Allowance"]):
    """Takes from allowances."""

    def take(self, whose: str, an_hour: int) -> float:
        """Take one from somebody's allowance, if there is any left.

        Args:
            whose: a text that nobody else has.
            an_hour: how many there are in an hour, all of which may be taken at once. 0: no limit.

        Returns:
            0 if it was taken; otherwise the seconds until there is one.
        """
        if not an_hour:
            return 0.0
        now, step = time(), HOUR / an_hour
        latest = now + HOUR - step
        self._prune(now)
        own = self.filter(pk=_digest(whose))
        if not own.exists():
            self.bulk_create([self.model(pk=_digest(whose), whole_at=now)], ignore_conflicts=True)
        # An error of rounding must not cost the last one.
        free = own.filter(whole_at__lte=latest + step / 1000)
        if free.update(whole_at=Greatest(F("whole_at"), Value(now)) + step):
            return 0.0
        whole_at = own.values_list("whole_at", flat=True).first() or latest
        return max(whole_at - latest, 0.001)

    def _prune(self, now: float) -> None:
        """Remove some rows that say nothing any more.

        They have been whole for an hour: one that is whole only now may be in use by another
        process. They are found first and deleted by their keys, because a DELETE by the moment
        locks the index in another order than `take()` does, and MariaDB then finds a deadlock.
        """
        old = self.filter(whole_at__lt=now - HOUR)
        if pks := list(old.values_list("pk", flat=True)[:BATCH]):
            old.filter(pk__in=pks).delete()

    def give_back(self, whose: str, an_hour: int) -> None:
        """Give back what was taken and not used; the arguments are those of `take()`."""
        if an_hour:
            own = self.filter(pk=_digest(whose))
            own.update(whole_at=F("whole_at") - HOUR / an_hour)


class Allowance(PrimaryModel):
    """How far somebody has used up what they may ask for. Without a row, they have not.

    Who reads the table learns no address from it: it has keyed digests. Moments are seconds since
    the epoch.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    whole_at = models.FloatField(db_index=True)

    objects: ClassVar[AllowanceManager] = AllowanceManager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Allowance, whole at {self.whole_at}"


def _digest(whose: str) -> str:
    return salted_hmac("realtime_notify.allowances", whose, algorithm="sha256").hexdigest()
