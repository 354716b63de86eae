"""Who has a standing interest in what, and who wants to be left alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from realtime_notify import subscriptions
from realtime_notify.admin.large import (
    LargeAdmin,
    ReadOnlyMixin,
    TabularInline,
    chunks,
    numbers,
    types,
    users,
)
from realtime_notify.forms import DeliveryProfileForm
from realtime_notify.models import DeliveryProfile, OptOut, Subscription, SubscriptionFilter


class SubscriptionFilterInline(ReadOnlyMixin, TabularInline):
    """The values that a subscription is narrowed to."""

    model = SubscriptionFilter
    fields = ("name", "value")
    extra = 0


class InterestAdmin(LargeAdmin):
    """Rows that are made by a verb, and may be ended here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds here: the verbs do, and open browsers hear of it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes: a different interest is a different row."""
        return False


@admin.register(Subscription)
class SubscriptionAdmin(InterestAdmin):
    """Who has a standing interest in what."""

    list_display = ("id", "subscriber", "type", "target_type", "target_id", "active", "created")
    list_filter = ("active", "only_following")
    list_select_related = ("user", "group_type", "type", "target_type")
    search_help_text = _(
        "An id, the start of a type's key, of a user's name or of an e-mail address."
    )
    actions = ("activate", "deactivate")
    inlines = (SubscriptionFilterInline,)

    def found(self, term: str) -> Q:
        """Find by id, type, user or address."""
        mine = Q(user__in=users(term)) | Q(email__startswith=term.lower(), user=None)
        return Q(pk__in=numbers(term)) | Q(type__in=types(term)) | mine

    @admin.display(description=_("subscriber"))
    def subscriber(self, subscription: Subscription) -> str:
        """Return whoever it is: a user, a group or an address."""
        if subscription.group_type is not None:
            role = f" ({subscription.role})" if subscription.role else ""
            return f"{subscription.group_type.name} {subscription.group_id}{role}"
        return str(subscription.user or subscription.email)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Tell who may do by the verbs what no form may do."""
        return request.user.has_perm("realtime_notify.change_subscription")

    @admin.action(description=_("Activate"), permissions=["act"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> None:
        """Take the chosen ones up again."""
        self._set_active(request, queryset, True)

    @admin.action(description=_("Let rest"), permissions=["act"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> None:
        """Let the chosen ones rest: nobody hears of anything by them."""
        self._set_active(request, queryset, False)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """End one, as its subscriber would."""
        subscriptions.end([obj.pk])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """End the chosen ones."""
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
class SubscriptionFilterAdmin(ReadOnlyMixin, LargeAdmin):
    """The values that subscriptions are narrowed to, on their own."""

    list_display = ("id", "name", "value", "subscription_id")
    search_help_text = _("The id of a subscription.")

    def found(self, term: str) -> Q:
        """Find by subscription."""
        return Q(subscription__in=numbers(term))


@admin.register(OptOut)
class OptOutAdmin(InterestAdmin):
    """Who wants to be left alone with what."""

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

    def found(self, term: str) -> Q:
        """Find by id, type or user."""
        return Q(pk__in=numbers(term)) | Q(type__in=types(term)) | Q(user__in=users(term))


@admin.register(DeliveryProfile)
class DeliveryProfileAdmin(LargeAdmin):
    """How often people want to be reached."""

    form = DeliveryProfileForm
    fields = ("user", "name", "interval", "is_default")
    list_display = ("id", "user", "name", "label", "is_default", "created")
    list_filter = ("is_default",)
    list_select_related = ("user",)
    raw_id_fields = ("user",)
    search_help_text = _("An id, or the start of a user's name.")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Keep the user of a stored profile: subscriptions of theirs refer to it."""
        return ["user"] if obj else []

    def found(self, term: str) -> Q:
        """Find by id or user."""
        return Q(pk__in=numbers(term)) | Q(user__in=users(term))
