"""What kinds of things happen."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from realtime_notify.exceptions import InvalidKey
from realtime_notify.keys import MAX_KEY_LENGTH, validate_key


def check_key(key: str) -> None:
    """Validate a key in a form; see `validate_key()`."""
    try:
        validate_key(key)
    except InvalidKey as error:
        raise ValidationError(str(error), code="invalid") from error


class Level(models.TextChoices):
    """How urgent a notification is; the words are those of `django.contrib.messages`."""

    INFO = "info", _("info")
    SUCCESS = "success", _("success")
    WARNING = "warning", _("warning")
    ERROR = "error", _("error")


class TypeGroup(models.Model):
    """A shelf of notification types, shown together where people choose."""

    name = models.CharField(_("name"), max_length=128, primary_key=True)
    label = models.CharField(_("label"), max_length=128, blank=True)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        verbose_name = _("type group")
        verbose_name_plural = _("type groups")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.label or self.name


class NotificationTypeManager(models.Manager["NotificationType"]):
    """Finds types by key, and makes those that do not exist yet."""

    def for_key(self, key: object) -> NotificationType:
        """Return the type of `key`, creating it when this is the first time it is used.

        Raises:
            InvalidKey: `key` is no valid notification key.
        """
        return self.get_or_create(key=validate_key(key))[0]


class NotificationType(models.Model):
    """A kind of thing that happens, named by a key such as ``comment/response``."""

    key = models.CharField(
        _("key"), max_length=MAX_KEY_LENGTH, primary_key=True, validators=[check_key]
    )
    label = models.CharField(_("label"), max_length=128, blank=True)
    group = models.ForeignKey(
        TypeGroup,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="types",
        verbose_name=_("group"),
    )
    description = models.TextField(_("description"), blank=True)
    level = models.CharField(
        _("default level"), max_length=16, choices=Level.choices, default=Level.INFO
    )
    content_type = models.ForeignKey(
        "contenttypes.ContentType",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("target model"),
        help_text=_("The model that targets of this type belong to, if there is just one."),
    )
    self_service = models.BooleanField(
        _("self service"),
        default=False,
        help_text=_("Users may subscribe themselves from the browser."),
    )

    objects = NotificationTypeManager()

    class Meta:
        verbose_name = _("notification type")
        verbose_name_plural = _("notification types")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.label or self.key
