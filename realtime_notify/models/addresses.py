"""E-mail addresses that get no mail for now: they bounced, or their owner complained."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from model_utils.fields import AutoCreatedField

from realtime_notify.models.fields import ExactCharField
from realtime_notify.models.primary import PrimaryModel


class RestedAddress(PrimaryModel):
    """An address that rests: nothing is mailed to it until a moment, or for ever.

    `address` is in lower case.
    """

    address = ExactCharField(_("e-mail address"), max_length=320, primary_key=True)
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    created = AutoCreatedField(_("created"))
    until = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("Empty: until somebody removes this row.")
    )

    class Meta:
        verbose_name = _("rested address")
        verbose_name_plural = _("rested addresses")
        ordering = ["address"]

    def __str__(self) -> str:
        return str(self.address)
