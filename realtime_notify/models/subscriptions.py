"""Subscriptions and opt-outs."""

from __future__ import annotations

import secrets

from django.conf import settings as django_settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from model_utils.models import TimeStampedModel

from realtime_notify.models.fields import ExactCharField, cascade_required
from realtime_notify.models.media import Medium
from realtime_notify.models.partial import PartialIndex
from realtime_notify.models.primary import PrimaryModel
from realtime_notify.models.profiles import DeliveryProfile
from realtime_notify.models.types import NotificationType, TypeGroup

MAX_ROLE_LENGTH = 64

_A_DIGEST = _("A digest of the columns that identify the row.")


def new_secret() -> str:
    """Return an unguessable secret for links that work without signing in."""
    return secrets.token_urlsafe(24)


class TargetedModel(PrimaryModel, TimeStampedModel):
    """The base of subscriptions and opt-outs: an optional target, and a unique identity.

    The identity is a digest because a unique constraint over the columns themselves would allow
    duplicates that contain NULL, and not every database supports NULLS NOT DISTINCT.
    """

    target_type = models.ForeignKey(
        ContentType, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    target_id = ExactCharField(max_length=255, blank=True, default="")
    target = GenericForeignKey("target_type", "target_id")
    identity = models.CharField(max_length=64, unique=True, editable=False, help_text=_A_DIGEST)

    class Meta:
        abstract = True


class Subscription(TargetedModel):
    """A subscription to all events of a type, or to those with one target.

    The subscriber is a user, a group with all of its members, or an e-mail address.
    """

    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=cascade_required,
        null=True,
        blank=True,
        related_name="notify_subscriptions",
        verbose_name=_("user"),
    )
    group_type = models.ForeignKey(
        ContentType,
        on_delete=cascade_required,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # rn_subscription_group begins with it
    )
    group_id = ExactCharField(max_length=255, blank=True, default="")
    group = GenericForeignKey("group_type", "group_id")
    role = ExactCharField(
        _("role"),
        max_length=MAX_ROLE_LENGTH,
        blank=True,
        help_text=_("Only members of the group in this role."),
    )
    email = models.EmailField(_("e-mail address"), blank=True)
    type = models.ForeignKey(
        NotificationType,
        on_delete=models.CASCADE,
        related_name="subscriptions",
        verbose_name=_("type"),
        db_index=False,
    )
    media = models.ManyToManyField(
        Medium,
        blank=True,
        related_name="subscriptions",
        verbose_name=_("media"),
        help_text=_("None means every medium."),
    )
    profile = models.ForeignKey(
        DeliveryProfile,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="subscriptions",
        verbose_name=_("delivery profile"),
        help_text=_("Empty means the user's default profile."),
    )
    only_following = models.BooleanField(
        _("only following"),
        default=False,
        help_text=_("Only events of actors whom the subscriber follows."),
    )
    active = models.BooleanField(_("active"), default=True)
    since = models.DateTimeField(
        _("since"), default=timezone.now, help_text=_("Events before this time do not match.")
    )
    after_event = models.PositiveBigIntegerField(
        _("after event"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The newest event when it was made; empty if only the clock is to decide."),
    )
    secret = ExactCharField(
        _("secret"), max_length=64, default=new_secret, editable=False, db_index=True
    )

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["type", "target_type", "target_id", "user"], name="rn_subscription_match"
            ),
            models.Index(fields=["group_type", "group_id"], name="rn_subscription_group"),
            # The groups that subscribe to a topic, without its users.
            PartialIndex(
                fields=["type", "target_type", "target_id"],
                name="rn_subscription_of_groups",
                where=Q(group_type__isnull=False),
                otherwise=["type", "target_type", "target_id", "group_type"],
            ),
            models.Index(fields=["email"], name="rn_subscription_email"),
            # The addresses that subscribe to a topic, in their order.
            PartialIndex(
                fields=["type", "target_type", "target_id", "email"],
                name="rn_subscription_addresses",
                where=~Q(email=""),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, group_type=None, email="")
                | Q(user=None, group_type__isnull=False, email="")
                | (Q(user=None, group_type=None) & ~Q(email="")),
                name="rn_subscription_one_subscriber",
            )
        ]

    def __str__(self) -> str:
        who = self.user_id or self.email or f"group {self.group_type_id}:{self.group_id}"
        where = f" on {self.target_type_id}:{self.target_id}" if self.target_id else ""
        return f"{who}: {self.type_id}{where}"


class SubscriptionFilter(PrimaryModel):
    """A value that the event's filter of the same name must have, if the event has one."""

    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="filters", db_index=False
    )
    name = ExactCharField(_("name"), max_length=64)
    value = ExactCharField(_("value"), max_length=255)

    class Meta:
        verbose_name = _("subscription filter")
        verbose_name_plural = _("subscription filters")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "name"], name="rn_filter_once")
        ]

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


class OptOut(TargetedModel):
    """A user's refusal of notifications; it overrides every subscription, also later ones.

    A column left empty stands for all: every type, every medium, every target.
    """

    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notify_opt_outs",
        verbose_name=_("user"),
    )
    type = models.ForeignKey(
        NotificationType, on_delete=models.CASCADE, null=True, blank=True, related_name="opt_outs"
    )
    type_group = models.ForeignKey(
        TypeGroup, on_delete=models.CASCADE, null=True, blank=True, related_name="opt_outs"
    )
    medium = models.ForeignKey(
        Medium, on_delete=models.CASCADE, null=True, blank=True, related_name="opt_outs"
    )

    class Meta:
        verbose_name = _("opt-out")
        verbose_name_plural = _("opt-outs")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(type=None) | Q(type_group=None), name="rn_opt_out_type_or_group"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: not {self.type_id or self.type_group_id or '*'}"
