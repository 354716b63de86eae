"""What the admins of tables with millions of rows have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from realtime_notify.models import NotificationType

MOST_DIGITS = 19  # what databases hold
MOST_MATCHES = 100  # users or types that one search may stand for
AT_ONCE = 1000  # rows that an action takes in hand

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:  # generic in the stubs alone
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


class LargeAdmin(ModelAdmin):
    """An admin of a table with millions of rows."""

    # Counting a large table takes longer than showing the page.
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)
    search_fields = ("pk",)  # shows the search box; `found()` says what it finds

    def found(self, term: str) -> Q:
        """Return what a search term finds."""
        return Q(pk__in=numbers(term))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search by index. Django would turn numbers into text, and so read the whole table."""
        term = search_term.strip()
        return (queryset.filter(self.found(term)) if term else queryset), False


class ReadOnlyMixin:
    """Shows rows, and changes none."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody adds: rows come from `notify()`."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes: the verbs do, with the counters."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes: open browsers would go on showing the row."""
        return False


class KeptWhileUsedAdmin(ModelAdmin):
    """Deletes only what nothing refers to: Django would load all that goes with it to show it."""

    uses: tuple[str, ...] = ()
    """The names by which a row is referred to."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Delete one by one, and only what is not in use."""
        if obj is None or not super().has_delete_permission(request, obj):
            return False
        return not any(getattr(obj, name).exists() for name in self.uses)


def chunks(queryset: QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield the chosen rows some at a time, though their state changes meanwhile."""
    rows = queryset.order_by("pk")
    found = list(rows[:AT_ONCE])
    while found:
        yield found
        found = list(rows.filter(pk__gt=found[-1].pk)[:AT_ONCE])


def numbers(term: str) -> list[int]:
    """Return the number that a search term is, if it is one."""
    return [int(term)] if term.isascii() and term.isdigit() and len(term) < MOST_DIGITS else []


def users(term: str) -> list[Any]:
    """Return the users whose name begins so, by whatever the project's users sign in with."""
    model = get_user_model()
    found = model._default_manager.filter(**{f"{model.USERNAME_FIELD}__startswith": term})
    return list(found.values_list("pk", flat=True)[:MOST_MATCHES])


def types(term: str) -> list[str]:
    """Return the keys that begin so."""
    found = NotificationType.objects.filter(key__startswith=term)
    return list(found.values_list("pk", flat=True)[:MOST_MATCHES])
