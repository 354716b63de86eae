"""The counter of broadcasts."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from realtime_notify.models.primary import PrimaryModel


class BroadcastCounter(PrimaryModel):
    """One row, whose primary key is 1: the number of the newest broadcast.

    Each lazy event adds 1 under the lock of the row and takes the result as its `number`. Numbers
    are therefore gap-free in the order of commits: whoever reads 17 here can read every broadcast
    up to 17. Before the first broadcast there is no row.
    """

    number = models.PositiveBigIntegerField(_("number"), default=0)

    class Meta:
        verbose_name = _("broadcast counter")
        verbose_name_plural = _("broadcast counters")

    def __str__(self) -> str:
        return str(self.number)
