"""E-mail addresses that get no mail for now: they bounced, or their owner complained."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from model_utils.fields import AutoCreatedField

from realtime_notify.models.fields import ExactCharField
from realtime_notify.models.primary import PrimaryManager, PrimaryModel


class RestedAddressQuerySet(models.QuerySet["RestedAddress"]):
    """Addresses that bounced."""

    def resting(self) -> RestedAddressQuerySet:
        """Return those that get no mail now."""
        return self.filter(Q(until=None) | Q(until__gt=timezone.now()))


RestedAddressManager = PrimaryManager.from_queryset(RestedAddressQuerySet)


class RestedAddress(PrimaryModel):
    """An address that rests: nothing is mailed to it until a moment, or for ever.

    `address` is in lower case. A row whose `until` has passed only counts how often it bounced.
    """

    address = ExactCharField(_("e-mail address"), max_length=320, primary_key=True)
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    created = AutoCreatedField(_("created"))
    until = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("Empty: until somebody removes this row.")
    )
    bounces = models.PositiveSmallIntegerField(
        _("bounces"), default=0, help_text=_("How often mail came back lately, but not for good.")
    )

    objects: ClassVar = RestedAddressManager()

    class Meta:
        verbose_name = _("rested address")
        verbose_name_plural = _("rested addresses")
        ordering = ["address"]

    def __str__(self) -> str:
        return str(self.address)
