"""Attempts: what endpoints answered, request by request."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from model_utils.fields import AutoCreatedField

from realtime_notify.models.dispatches import Dispatch
from realtime_notify.models.endpoints import Endpoint
from realtime_notify.models.primary import PrimaryModel

MAX_ANSWER = 1_000  # characters of an answer that are kept


class Attempt(PrimaryModel):
    """One request to an endpoint, and what came of it."""

    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="log", verbose_name=_("endpoint")
    )
    dispatch = models.ForeignKey(
        Dispatch,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="log",
        verbose_name=_("dispatch"),
        help_text=_("Empty: it was a test."),
    )
    request = models.CharField(
        _("request"), max_length=64, help_text=_("Its id; the same when it is sent again.")
    )
    status = models.PositiveSmallIntegerField(
        _("status"), null=True, blank=True, help_text=_("Of HTTP; empty if there was no answer.")
    )
    answer = models.TextField(_("answer"), blank=True)
    error = models.TextField(_("error"), blank=True)
    seconds = models.FloatField(_("seconds"))
    created = AutoCreatedField(_("created"))

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.endpoint_id}: {self.status or self.error}"
