"""A mixin for the models of a project whose objects users subscribe to."""

from __future__ import annotations

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models

from realtime_notify.models.subscriptions import OptOut, Subscription


class Watched(models.Model):
    """A mixin for models whose objects are targets of subscriptions and opt-outs.

    Deleting an object deletes its subscriptions and opt-outs as well, whether it is deleted by
    itself, in a queryset or by a cascade. Notifications stay, with the text and URL they stored.
    The mixin adds no column and needs no migration.
    """

    watching = GenericRelation(
        Subscription, content_type_field="target_type", object_id_field="target_id"
    )
    muting = GenericRelation(OptOut, content_type_field="target_type", object_id_field="target_id")

    class Meta:
        abstract = True
