"""Endpoints: the URLs of other programs that are told of events."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from model_utils.models import TimeStampedModel

from realtime_notify.models.primary import PrimaryModel
from realtime_notify.models.references import MAX_URL_LENGTH

OVERLAP = timedelta(days=1)
"""How long both secrets sign after a rotation."""


def new_endpoint_secret() -> str:
    """Return a secret to sign requests with, in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def check_keys(value: object) -> None:
    """Validate the globs of an endpoint.

    Raises:
        ValidationError: they are not a list of texts.
    """
    if not isinstance(value, list) or not all(isinstance(glob, str) and glob for glob in value):
        raise ValidationError(
            _('Write a list of globs, such as ["comment/*"], and ["**"] for every type.'),
            code="globs",
        )


class Endpoint(PrimaryModel, TimeStampedModel):
    """A URL that gets a signed POST request for each event of the types it asks for."""

    name = models.CharField(_("name"), max_length=128)
    url = models.CharField(
        _("URL"), max_length=MAX_URL_LENGTH, validators=[URLValidator(schemes=["https", "http"])]
    )
    keys = models.JSONField(
        _("keys"),
        default=list,
        validators=[check_keys],
        help_text=_('Globs of the keys of types, such as ["comment/*"]; "**" is every type.'),
    )
    secret = models.CharField(_("secret"), max_length=128, default=new_endpoint_secret)
    previous_secret = models.CharField(
        _("previous secret"), max_length=128, blank=True, editable=False
    )
    previous_secret_until = models.DateTimeField(
        _("previous secret valid until"), null=True, blank=True, editable=False
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")
        ordering = ["name"]

    def __str__(self) -> str:
        return str(self.name)

    def rotate_secret(self) -> None:
        """Give it a new secret; for a day, requests are signed with the old one as well."""
        self.previous_secret, self.secret = self.secret, new_endpoint_secret()
        self.previous_secret_until = timezone.now() + OVERLAP
        self.save(update_fields=["secret", "previous_secret", "previous_secret_until", "modified"])

    def secrets(self) -> list[str]:
        """Return the secrets that sign a request now, the newest first."""
        until = self.previous_secret_until
        is_rotating = bool(self.previous_secret) and until is not None and until > timezone.now()
        return [self.secret, self.previous_secret] if is_rotating else [self.secret]
