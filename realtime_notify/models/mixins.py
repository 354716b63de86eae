"""Objects that people watch."""

from __future__ import annotations

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models

from realtime_notify.models.subscriptions import OptOut, Subscription


class Watched(models.Model):
    """A mixin for models whose objects are targets: what is gone is watched by nobody.

    Deleting an object deletes the subscriptions and opt-outs that are about it, however it is
    deleted: alone, in a queryset, or along with something else. Notifications stay, and still
    read well. The mixin adds no column and needs no migration.
    """

    watching = GenericRelation(
        Subscription, content_type_field="target_type", object_id_field="target_id"
    )
    muting = GenericRelation(OptOut, content_type_field="target_type", object_id_field="target_id")

    class Meta:
        abstract = True
