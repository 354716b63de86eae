"""Admins of inboxes and notifications."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from realtime_notify import inbox
from realtime_notify.admin.base import (
    LargeTableAdmin,
    ReadOnlyMixin,
    chunks,
    matching_users,
    parse_ids,
    up_to_date,
)
from realtime_notify.models import Inbox, Notification
from realtime_notify.models.querysets import NotificationQuerySet


@admin.register(Inbox)
class InboxAdmin(ReadOnlyMixin, LargeTableAdmin):
    """Inboxes, with their revisions and counters."""

    list_display = ("user", "rev", "unread", "unseen", "seen", "floor", "caught_up")
    list_select_related = ("user",)
    search_help_text = _("The start of a user's name.")

    def search_q(self, term: str) -> Q:
        """Search by user."""
        return Q(user__in=up_to_date(matching_users(term)))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Inbox | None:
        """Return an inbox with every broadcast taken in."""
        found: Inbox | None = super().get_object(request, object_id, from_field)
        if found is not None:
            up_to_date([found.pk])
            found.refresh_from_db()
        return found


@admin.register(Notification)
class NotificationAdmin(ReadOnlyMixin, LargeTableAdmin):
    """Notifications, with their state."""

    list_display = (
        "id",
        "user",
        "event",
        "event__actor_text",
        "event__target_text",
        "event__level",
        "occurrences",
        "read_at",
        "archived_at",
        "snoozed_until",
        "seq",
        "rev",
    )
    list_filter = (
        ("read_at", admin.EmptyFieldListFilter),
        ("archived_at", admin.EmptyFieldListFilter),
        ("deleted_at", admin.EmptyFieldListFilter),
        ("snoozed_until", admin.EmptyFieldListFilter),
        "event__level",
        "event__public",
        "event__created",
    )
    search_help_text = _("An id, the id of an event, or the start of a user's name.")
    actions = ("mark_read", "mark_unread", "archive")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        """Join users and events, without the lists of people whom the events named."""
        rows: NotificationQuerySet = super().get_queryset(request)  # type: ignore[assignment]
        return rows.with_event().select_related("user")

    def search_q(self, term: str) -> Q:
        """Search by id, event or user."""
        ids = parse_ids(term)
        return Q(pk__in=ids) | Q(event__in=ids) | Q(user__in=up_to_date(matching_users(term)))

    def has_mark_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may run the actions, though nobody may use the form."""
        return request.user.has_perm("realtime_notify.change_notification")

    @admin.action(description=_("Mark as read"), permissions=["mark"])
    def mark_read(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        """Mark the selected notifications as read."""
        self._mark(request, queryset, inbox.mark_read)

    @admin.action(description=_("Mark as unread"), permissions=["mark"])
    def mark_unread(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        """Mark the selected notifications as unread."""
        self._mark(request, queryset, inbox.mark_unread)

    @admin.action(description=_("Archive"), permissions=["mark"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        """Archive the selected notifications."""
        self._mark(request, queryset, inbox.archive)

    def _mark(
        self,
        request: HttpRequest,
        queryset: QuerySet[Notification],
        mark: Callable[..., Any],
    ) -> None:
        """Mark inbox by inbox, as the owners would, so that open browsers are updated."""
        count = 0
        for rows in chunks(queryset.only("pk", "user_id").select_related(None)):
            count += len(rows)
            rows.sort(key=lambda row: str(row.user_id))
            for user_id, own in groupby(rows, key=lambda row: row.user_id):
                mark(user_id, ids=[row.pk for row in own])
        done = ngettext(
            "%(count)d notification changed.", "%(count)d notifications changed.", count
        )
        self.message_user(request, done % {"count": count}, messages.SUCCESS)
