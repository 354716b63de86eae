"""Inboxes, and the notifications in them."""

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
from realtime_notify.admin.large import LargeAdmin, ReadOnlyMixin, chunks, numbers, users
from realtime_notify.models import Inbox, Notification


@admin.register(Inbox)
class InboxAdmin(ReadOnlyMixin, LargeAdmin):
    """One inbox a person: its revision and counters."""

    list_display = ("user", "rev", "unread", "unseen", "seen", "floor")
    list_select_related = ("user",)
    search_help_text = _("The start of a user's name.")

    def found(self, term: str) -> Q:
        """Find by user."""
        return Q(user__in=users(term))


@admin.register(Notification)
class NotificationAdmin(ReadOnlyMixin, LargeAdmin):
    """Each person's copy of an event, with its state."""

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
    list_select_related = ("user", "event")
    search_help_text = _("An id, the id of an event, or the start of a user's name.")
    actions = ("mark_read", "mark_unread", "archive")

    def found(self, term: str) -> Q:
        """Find by id, event or user."""
        found = numbers(term)
        return Q(pk__in=found) | Q(event__in=found) | Q(user__in=users(term))

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Tell who may do by the verbs what no form may do."""
        return request.user.has_perm("realtime_notify.change_notification")

    @admin.action(description=_("Mark as read"), permissions=["act"])
    def mark_read(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        """Mark the chosen ones as read."""
        self._act(request, queryset, inbox.mark_read)

    @admin.action(description=_("Mark as unread"), permissions=["act"])
    def mark_unread(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        """Mark the chosen ones as not read."""
        self._act(request, queryset, inbox.mark_unread)

    @admin.action(description=_("Archive"), permissions=["act"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        """Archive the chosen ones."""
        self._act(request, queryset, inbox.archive)

    def _act(
        self,
        request: HttpRequest,
        queryset: QuerySet[Notification],
        verb: Callable[..., Any],
    ) -> None:
        """Do it inbox by inbox, as their owners would; their browsers hear of it."""
        count = 0
        for rows in chunks(queryset.only("pk", "user_id").select_related(None)):
            count += len(rows)
            rows.sort(key=lambda row: str(row.user_id))
            for user_id, own in groupby(rows, key=lambda row: row.user_id):
                verb(user_id, ids=[row.pk for row in own])
        done = ngettext("%(count)d notification: done.", "%(count)d notifications: done.", count)
        self.message_user(request, done % {"count": count}, messages.SUCCESS)
