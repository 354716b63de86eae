"""The admin of the browsers that notifications are pushed to."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from realtime_notify.admin.base import LargeTableAdmin, ReadOnlyMixin, matching_users, parse_ids
from realtime_notify.models import PushSubscription


@admin.register(PushSubscription)
class PushSubscriptionAdmin(ReadOnlyMixin, LargeTableAdmin):
    """Push subscriptions. They can be removed; what could write to a browser is not shown."""

    list_display = ("user", "user_agent", "created", "last_used", "expires_at")
    list_select_related = ("user",)
    fields = ("user", "user_agent", "created", "modified", "last_used", "expires_at")
    search_help_text = _("The id of a push subscription, or the start of a user's name.")

    def search_q(self, term: str) -> Q:
        """Search by the primary key, and by the users' names."""
        return Q(pk__in=parse_ids(term)) | Q(user__in=matching_users(term))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Allow removing: the browser is then pushed to no longer."""
        return bool(request.user.has_perm("realtime_notify.delete_pushsubscription"))
