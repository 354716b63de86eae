"""Endpoints: the URLs of other programs that are told of events."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _
from model_utils.models import TimeStampedModel

from realtime_notify.models.primary import PrimaryModel
from realtime_notify.models.references import MAX_URL_LENGTH


def new_endpoint_secret() -> str:
    """Return a secret to sign requests with."""
    return "whsec_" + secrets.token_urlsafe(32)


class Endpoint(PrimaryModel, TimeStampedModel):
    """A URL that gets a signed POST request for each event of the types it asks for."""

    name = models.CharField(_("name"), max_length=128)
    url = models.URLField(_("URL"), max_length=MAX_URL_LENGTH)
    keys = models.JSONField(
        _("keys"),
        default=list,
        help_text=_("Globs of the keys of types, such as comment/*; ** stands for every type."),
    )
    secret = models.CharField(_("secret"), max_length=128, default=new_endpoint_secret)
    previous_secret = models.CharField(_("previous secret"), max_length=128, blank=True)
    previous_secret_until = models.DateTimeField(
        _("previous secret valid until"), null=True, blank=True
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
