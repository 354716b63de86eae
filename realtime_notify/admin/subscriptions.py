"""Admins of subscriptions, opt-outs and delivery profiles."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from realtime_notify import subscriptions
from realtime_notify.admin.base import (
    LargeTableAdmin,
    ReadOnlyMixin,
    TabularInline,
    chunks,
    matching_types,
    matching_users,
    parse_ids,
)
from realtime_notify.forms import DeliveryProfileForm
from realtime_notify.models import (
    DeliveryProfile,
    OptOut,
    Subscription,
    SubscriptionFilter,
    SubscriptionRequest,
)


class SubscriptionFilterInline(ReadOnlyMixin, TabularInline):
    """The filter values of a subscription."""

    model = SubscriptionFilter
    fields = ("name", "value")
    extra = 0


class DeleteOnlyAdmin(LargeTableAdmin):
    """Rows that functions create, and that can only be deleted here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Forbid adding: `subscribe()` and `opt_out()` also update open browsers."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Forbid changing: other values make another row."""
        return False


@admin.register(Subscription)
class SubscriptionAdmin(DeleteOnlyAdmin):
    """Subscriptions."""

    list_display = ("id", "subscriber", "type", "target_type", "target_id", "active", "created")
    list_filter = ("active", "only_following")
    list_select_related = ("user", "group_type", "type", "target_type")
    search_help_text = _(
        "An id, the start of a type's key, of a user's name or of an e-mail address."
    )
    actions = ("activate", "deactivate")
    inlines = (SubscriptionFilterInline,)

    def search_q(self, term: str) -> Q:
        """Search by id, type, user or e-mail address."""
        subscriber = Q(user__in=matching_users(term)) | Q(email__startswith=term.lower(), user=None)
        return Q(pk__in=parse_ids(term)) | Q(type__in=matching_types(term)) | subscriber

    @admin.display(description=_("subscriber"))
    def subscriber(self, subscription: Subscription) -> str:
        """Return the user, group or e-mail address."""
        if subscription.group_type is not None:
            role = f" ({subscription.role})" if subscription.role else ""
            return f"{subscription.group_type.name} {subscription.group_id}{role}"
        return str(subscription.user or subscription.email)

    def has_activate_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may run the actions, though nobody may use the form."""
        return request.user.has_perm("realtime_notify.change_subscription")

    @admin.action(description=_("Activate"), permissions=["activate"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> None:
        """Activate the selected subscriptions."""
        self._set_active(request, queryset, True)

    @admin.action(description=_("Deactivate"), permissions=["activate"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> None:
        """Deactivate the selected subscriptions: nothing is delivered through them."""
        self._set_active(request, queryset, False)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """End a subscription, as its subscriber would."""
        subscriptions.end([obj.pk])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """End the selected subscriptions."""
        for rows in chunks(queryset):
            subscriptions.end([row.pk for row in rows])

    def _set_active(
        self, request: HttpRequest, queryset: QuerySet[Subscription], active: bool
    ) -> None:
        count = 0
        for rows in chunks(queryset):
            count += subscriptions.set_active([row.pk for row in rows], active)
        done = ngettext(
            "%(count)d subscription changed.", "%(count)d subscriptions changed.", count
        )
        self.message_user(request, done % {"count": count}, messages.SUCCESS)


@admin.register(SubscriptionFilter)
class SubscriptionFilterAdmin(ReadOnlyMixin, LargeTableAdmin):
    """The filter values of all subscriptions."""

    list_display = ("id", "name", "value", "subscription_id")
    search_help_text = _("The id of a subscription.")

    def search_q(self, term: str) -> Q:
        """Search by subscription."""
        return Q(subscription__in=parse_ids(term))


@admin.register(SubscriptionRequest)
class SubscriptionRequestAdmin(DeleteOnlyAdmin):
    """What addresses were asked to confirm, and have not."""

    ordering = ("-created",)
    fields = ("address", "type", "target_type", "target_id", "filters", "created")
    list_display = ("address", "type", "target_type", "target_id", "created")
    list_select_related = ("type", "target_type")
    search_help_text = _("An e-mail address, or the start of a type's key.")

    def search_q(self, term: str) -> Q:
        """Search by address or type."""
        return Q(address=term.lower()) | Q(type__in=matching_types(term))


@admin.register(OptOut)
class OptOutAdmin(DeleteOnlyAdmin):
    """Opt-outs."""

    list_display = (
        "id",
        "user",
        "type",
        "type_group",
        "medium",
        "target_type",
        "target_id",
        "created",
    )
    list_filter = ("medium",)
    list_select_related = ("user", "type", "type_group", "medium", "target_type")
    search_help_text = _("An id, the start of a type's key, or the start of a user's name.")

    def search_q(self, term: str) -> Q:
        """Search by id, type or user."""
        return (
            Q(pk__in=parse_ids(term))
            | Q(type__in=matching_types(term))
            | Q(user__in=matching_users(term))
        )


@admin.register(DeliveryProfile)
class DeliveryProfileAdmin(LargeTableAdmin):
    """Delivery profiles: how often people want to be reached."""

    form = DeliveryProfileForm
    fields = ("user", "name", "interval", "is_default")
    list_display = ("id", "user", "name", "label", "is_default", "created")
    list_filter = ("is_default",)
    list_select_related = ("user",)
    raw_id_fields = ("user",)
    search_help_text = _("An id, or the start of a user's name.")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Make the user of a stored profile read-only: their subscriptions refer to it."""
        return ["user"] if obj else []

    def search_q(self, term: str) -> Q:
        """Search by id or user."""
        return Q(pk__in=parse_ids(term)) | Q(user__in=matching_users(term))
