"""Renderers: templates for events, by type or type group and by style."""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from realtime_notify.models.fields import ExactCharField, cascade_required
from realtime_notify.models.primary import PrimaryModel
from realtime_notify.models.types import NotificationType, TypeGroup

HINT = {
    "app_name": str,
    "model_name": str,
    "select_related": list,
    "prefetch_related": list,
    "fields": list,
}
"""The entries that a hint may have, with their types."""


def check_hints(hints: object) -> None:
    """Validate the hints of a renderer.

    Raises:
        ValidationError: they are not a dictionary from keys of the data to valid hints.
    """
    if not isinstance(hints, dict):
        raise ValidationError(_("Hints must be a dictionary that maps keys of the data to models."))
    for key, hint in hints.items():
        if not isinstance(hint, dict) or not {"app_name", "model_name"} <= hint.keys():
            raise ValidationError(
                _("The hint %(key)r needs app_name and model_name."), params={"key": key}
            )
        for name, value in hint.items():
            if name not in HINT or not isinstance(value, HINT[name]):
                raise ValidationError(
                    _("In the hint %(key)r, %(name)s=%(value)r is invalid. Use: %(known)s."),
                    params={"key": key, "name": name, "value": value, "known": ", ".join(HINT)},
                )
        try:
            apps.get_model(hint["app_name"], hint["model_name"])
        except LookupError as error:
            raise ValidationError(
                _("The hint %(key)r names a model that does not exist: %(error)s"),
                params={"key": key, "error": str(error)},
            ) from error


class RenderingStyle(PrimaryModel):
    """A style of rendering that several media can share, such as "short"."""

    name = ExactCharField(_("name"), max_length=64, primary_key=True)
    label = models.CharField(_("label"), max_length=128, blank=True)

    class Meta:
        verbose_name = _("rendering style")
        verbose_name_plural = _("rendering styles")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.label or self.name


class Renderer(PrimaryModel):
    """The templates of a type, or of all types of a group, in one style.

    A template file takes precedence over a template in a column. With neither, the text or HTML
    is empty.
    """

    name = ExactCharField(_("name"), max_length=128, unique=True)
    style = models.ForeignKey(
        RenderingStyle,
        on_delete=models.CASCADE,
        related_name="renderers",
        verbose_name=_("style"),
        db_index=False,
    )
    type = models.ForeignKey(
        NotificationType,
        on_delete=cascade_required,
        null=True,
        blank=True,
        related_name="renderers",
        verbose_name=_("type"),
    )
    type_group = models.ForeignKey(
        TypeGroup,
        on_delete=cascade_required,
        null=True,
        blank=True,
        related_name="renderers",
        verbose_name=_("type group"),
    )
    text_template_path = models.CharField(_("file for text"), max_length=255, blank=True)
    html_template_path = models.CharField(_("file for HTML"), max_length=255, blank=True)
    text_template = models.TextField(_("template for text"), blank=True)
    html_template = models.TextField(_("template for HTML"), blank=True)
    hints = models.JSONField(
        _("hints"),
        default=dict,
        blank=True,
        encoder=DjangoJSONEncoder,
        validators=[check_hints],
        help_text=_("Keys of an event's data that hold primary keys, each with its model."),
    )

    class Meta:
        verbose_name = _("renderer")
        verbose_name_plural = _("renderers")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(type=None, type_group__isnull=False)
                | Q(type__isnull=False, type_group=None),
                name="rn_renderer_type_or_group",
                violation_error_message=_("A renderer is for a type or for a type group."),
            ),
            # Rows with NULL do not conflict, so each constraint covers its own renderers.
            models.UniqueConstraint(fields=["style", "type"], name="rn_renderer_once_a_type"),
            models.UniqueConstraint(
                fields=["style", "type_group"], name="rn_renderer_once_a_group"
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)
