"""Admins of dispatches: what is to leave, what has left, and what was given up."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from realtime_notify import sending
from realtime_notify.admin.base import (
    LargeTableAdmin,
    ReadOnlyMixin,
    TabularInline,
    chunks,
    matching_users,
    parse_ids,
)
from realtime_notify.models import Dispatch, DispatchItem, DispatchState

WAITING = Q(state=DispatchState.WAITING)


class DueFilter(admin.SimpleListFilter):
    """Filters what waits by when it is to leave."""

    title = _("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("now", _("now")), ("later", _("later")), ("again", _("again, after a failure"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the choice."""
        conditions = {
            "now": WAITING & Q(due_at__lte=timezone.now()),
            "later": WAITING & Q(due_at__gt=timezone.now()),
            "again": WAITING & Q(attempts__gt=0),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


class DispatchItemInline(ReadOnlyMixin, TabularInline):
    """The events of a dispatch, and why some were left out."""

    model = DispatchItem
    fields = ("event_id", "event_text", "notification_id", "subscription_id", "reason")
    readonly_fields = fields
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Join the events, without the lists of people whom they named."""
        rows = super().get_queryset(request).select_related("event")
        return rows.defer("event__audience", "event__stragglers")

    @admin.display(description=_("message"))
    def event_text(self, item: DispatchItem) -> str:
        """Return the start of the event's message."""
        return item.event.message[:80]


@admin.register(Dispatch)
class DispatchAdmin(ReadOnlyMixin, LargeTableAdmin):
    """Dispatches, with where they stand; they can be sent again and dropped."""

    list_display = (
        "id",
        "medium_id",
        "recipient",
        "state",
        "interval",
        "due_at",
        "attempts",
        "reason",
        "finished_at",
    )
    list_filter = ("state", "medium", DueFilter)
    search_help_text = _("An id, an e-mail address, or the start of a user's name.")
    # These fields are not editable, so Django shows them only if they are listed here.
    readonly_fields = ("is_open", "claimed_until", "claimed_by", "created")
    inlines = (DispatchItemInline,)
    actions = ("requeue", "drop")

    def search_q(self, term: str) -> Q:
        """Search by id, e-mail address or user."""
        by_address = Q(recipient=f"email:{term.lower()}")
        return Q(pk__in=parse_ids(term)) | by_address | Q(user__in=matching_users(term))

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may run the actions, though nobody may use the form."""
        return request.user.has_perm("realtime_notify.change_dispatch")

    @admin.action(description=_("Send again"), permissions=["send"])
    def requeue(self, request: HttpRequest, queryset: QuerySet[Dispatch]) -> None:
        """Send the selected dispatches again, those too that were sent."""
        self._change(request, queryset, lambda pks: sending.requeue(pks, sent=True))

    @admin.action(description=_("Drop"), permissions=["send"])
    def drop(self, request: HttpRequest, queryset: QuerySet[Dispatch]) -> None:
        """Drop those of the selected dispatches that wait."""
        self._change(request, queryset, sending.drop)

    def _change(
        self,
        request: HttpRequest,
        queryset: QuerySet[Dispatch],
        change: Callable[[Collection[int]], int],
    ) -> None:
        rows = queryset.only("pk")
        count = sum(change([row.pk for row in portion]) for portion in chunks(rows))
        done = ngettext("%(count)d message changed.", "%(count)d messages changed.", count)
        self.message_user(request, done % {"count": count}, messages.SUCCESS)


@admin.register(DispatchItem)
class DispatchItemAdmin(ReadOnlyMixin, LargeTableAdmin):
    """The events in all dispatches, searched by the event."""

    list_display = ("id", "event_id", "dispatch_id", "notification_id", "reason")
    search_help_text = _("The id of an event.")

    def search_q(self, term: str) -> Q:
        """Search by event."""
        return Q(event__in=parse_ids(term))
