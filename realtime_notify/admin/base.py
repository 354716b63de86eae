"""Base classes and search helpers for admins of tables with millions of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from realtime_notify.inbox.broadcasts import take_in
from realtime_notify.models import NotificationType

MAX_DIGITS = 18  # any such number fits into a 64-bit column
MAX_MATCHES = 100  # users or types that a search term may match
CHUNK_SIZE = 1000  # rows that an action reads at a time

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:  # only the stubs are generic
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


class LargeTableAdmin(ModelAdmin):
    """An admin for a table with millions of rows."""

    # Counting a large table takes longer than showing the page.
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)
    search_fields = ("pk",)  # shows the search box; `search_q()` does the search

    def search_q(self, term: str) -> Q:
        """Return the condition for rows that match a search term."""
        return Q(pk__in=parse_ids(term))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search by index. Django would cast ids to text and so scan the whole table."""
        term = search_term.strip()
        return (queryset.filter(self.search_q(term)) if term else queryset), False


class ReadOnlyMixin:
    """Shows rows without letting anybody change them."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Forbid adding: `notify()` creates rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Forbid changing: a form would leave the counters wrong."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Forbid deleting: open browsers would go on showing the row."""
        return False


class ProtectedAdmin(ModelAdmin):
    """Deletes only unused rows: Django would load all that refer to a row to list them."""

    used_by: tuple[str, ...] = ()
    """The reverse relations that protect a row from being deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Allow deleting a single row that is not in use."""
        if obj is None or not super().has_delete_permission(request, obj):
            return False
        return not any(getattr(obj, name).exists() for name in self.used_by)


def chunks(queryset: QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield the selected rows in chunks, though the caller changes them meanwhile."""
    rows = queryset.order_by("pk")
    found = list(rows[:CHUNK_SIZE])
    while found:
        yield found
        found = list(rows.filter(pk__gt=found[-1].pk)[:CHUNK_SIZE])


def parse_ids(term: str) -> list[int]:
    """Return a search term as an id, or an empty list if it is not a number."""
    return [int(term)] if term.isascii() and term.isdigit() and len(term) <= MAX_DIGITS else []


def matching_users(term: str) -> list[Any]:
    """Return the keys of users whose username field starts with a search term."""
    model = get_user_model()
    found = model._default_manager.filter(**{f"{model.USERNAME_FIELD}__startswith": term})
    return list(found.values_list("pk", flat=True)[:MAX_MATCHES])


def up_to_date(users: list[Any]) -> list[Any]:
    """Take in the broadcasts that the inboxes of these users lack, and return the users."""
    take_in(users, wait=False)
    return users


def matching_types(term: str) -> list[str]:
    """Return the notification types' keys that start with a search term."""
    found = NotificationType.objects.filter(key__startswith=term)
    return list(found.values_list("pk", flat=True)[:MAX_MATCHES])
