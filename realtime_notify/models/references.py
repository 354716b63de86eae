"""The columns of an object that an event refers to: an actor, an action object or a target."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models

from realtime_notify.models.fields import ExactCharField

MAX_ID_LENGTH = 255
MAX_URL_LENGTH = 2000


def content_type(**options: Any) -> models.ForeignKey[Any, Any]:
    """Return the first column of a generic foreign key; an event outlives the model."""
    return models.ForeignKey(
        ContentType, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", **options
    )


def object_id() -> ExactCharField:
    """Return the second column of a generic foreign key: a primary key of any type, as text."""
    return ExactCharField(max_length=MAX_ID_LENGTH, blank=True, default="")


def text() -> models.CharField[Any, Any]:
    """Return a column for the object's text when the event happened, in case it is deleted."""
    return models.CharField(max_length=255, blank=True, default="")


def url() -> models.CharField[Any, Any]:
    """Return a column for the object's URL when the event happened; "" without one."""
    return models.CharField(max_length=MAX_URL_LENGTH, blank=True, default="")
