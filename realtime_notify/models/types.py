"""Notification types and their groups."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, router
from django.utils.translation import gettext_lazy as _

from realtime_notify.declarations import Declaration, declaration_of
from realtime_notify.exceptions import InvalidKey, InvalidNotifier
from realtime_notify.keys import MAX_KEY_LENGTH, validate_key
from realtime_notify.models.fields import ExactCharField
from realtime_notify.models.primary import PrimaryManager, PrimaryModel

MAX_LABEL_LENGTH = 128


def check_key(key: str) -> None:
    """Validate a key as a model field does; see `validate_key()`.

    Raises:
        ValidationError: the key is invalid.
    """
    try:
        validate_key(key)
    except InvalidKey as error:
        raise ValidationError(str(error), code="invalid") from error


class Level(models.TextChoices):
    """How urgent a notification is; the values are those of `django.contrib.messages`."""

    INFO = "info", _("info")
    SUCCESS = "success", _("success")
    WARNING = "warning", _("warning")
    ERROR = "error", _("error")


class TypeGroup(PrimaryModel):
    """A group of notification types, shown together on the preferences page."""

    name = ExactCharField(_("name"), max_length=128, primary_key=True)
    label = models.CharField(_("label"), max_length=MAX_LABEL_LENGTH, blank=True)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        verbose_name = _("type group")
        verbose_name_plural = _("type groups")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.label or self.name


class NotificationTypeManager(PrimaryManager["NotificationType"]):
    """Finds notification types by key, and creates those that do not exist yet."""

    def for_key(self, key: object, *, save: bool = True) -> NotificationType:
        """Return the type with this key, creating it as declared if it does not exist.

        Args:
            key: the key.
            save: whether to store a type that is created.

        Raises:
            InvalidKey: `key` is not a valid notification key.
        """
        valid = validate_key(key)
        declared = declaration_of(valid)
        if declared is None and save:
            return self.get_or_create(key=valid)[0]
        if found := self.filter(key=valid).first():
            return found
        if declared is not None and save:
            return self.declare(declared)
        return self.model(key=valid, **(_plain_columns(declared) if declared else {}))

    def declare(self, declared: Declaration) -> NotificationType:
        """Write a declaration to the row of its type; columns it does not declare stay as they are.

        Raises:
            InvalidNotifier: the target model does not exist, or the label is too long.
        """
        database = self._db or router.db_for_write(self.model)
        columns = {
            "label": _label(declared),
            "description": str(declared.help_text),
            **_plain_columns(declared),
        }
        columns = {name: value for name, value in columns.items() if value != ""}
        if declared.target_model is not None:
            types = ContentType.objects.db_manager(database)
            columns["content_type"] = types.get_for_model(_model(declared))
        if declared.group:
            groups = TypeGroup.objects.using(database)
            columns["group"] = groups.get_or_create(name=declared.group)[0]
        return self.update_or_create(key=declared.key, defaults=columns)[0]


class NotificationType(PrimaryModel):
    """A type of event, identified by a key such as ``comment/response``."""

    key = ExactCharField(
        _("key"), max_length=MAX_KEY_LENGTH, primary_key=True, validators=[check_key]
    )
    label = models.CharField(_("label"), max_length=MAX_LABEL_LENGTH, blank=True)
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
        help_text=_("The model of all targets of this type, if there is only one."),
    )
    self_service = models.BooleanField(
        _("self service"),
        default=False,
        help_text=_("Users may subscribe themselves from the browser."),
    )
    lazy = models.BooleanField(
        _("lazy"),
        default=False,
        help_text=_("Store one row for everybody; inboxes take it in when they are looked at."),
    )
    media = models.JSONField(
        _("media"),
        null=True,
        blank=True,
        help_text=_("The names of the media of those who chose none. Empty: every medium."),
    )
    delay = models.PositiveIntegerField(
        _("delay"),
        null=True,
        blank=True,
        help_text=_("Seconds before it is sent by a medium that interrupts. Empty: the medium's."),
    )
    required = models.BooleanField(
        _("required"), default=False, help_text=_("Nobody may switch it off.")
    )
    critical = models.BooleanField(
        _("critical"),
        default=False,
        help_text=_("It is sent at once, in quiet hours too, and waits for no digest."),
    )

    objects: ClassVar[NotificationTypeManager] = NotificationTypeManager()

    class Meta:
        verbose_name = _("notification type")
        verbose_name_plural = _("notification types")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.label or self.key


def _plain_columns(declared: Declaration) -> dict[str, Any]:
    """Return the columns that a declaration gives a value which is stored as it is."""
    names = ("level", "self_service", "lazy", "delay", "required", "critical")
    columns = {name: getattr(declared, name) for name in names}
    if declared.media is not None:
        columns["media"] = list(declared.media)
    return {name: value for name, value in columns.items() if value is not None}


def _model(declared: Declaration) -> type[models.Model]:
    """Return the model of a type's targets."""
    model = declared.target_model
    try:
        return apps.get_model(model) if isinstance(model, str) else model  # type: ignore[return-value]
    except (LookupError, ValueError) as error:
        raise InvalidNotifier(
            f"{declared.source}: target_model={model!r} is not a model; write 'app.Model'."
        ) from error


def _label(declared: Declaration) -> str:
    """Return the label of a type; the length of a lazy translation is known only here."""
    label = str(declared.label)
    if len(label) > MAX_LABEL_LENGTH:
        raise InvalidNotifier(
            f"{declared.source}: label={label[:40]!r}... has {len(label)} characters; the most is "
            f"{MAX_LABEL_LENGTH}."
        )
    return label
