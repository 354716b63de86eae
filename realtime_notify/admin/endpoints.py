"""Admins of endpoints, and of what they answered."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from realtime_notify import sending
from realtime_notify.admin.base import LargeTableAdmin, ModelAdmin, ReadOnlyMixin, parse_ids
from realtime_notify.media.webhook import send_test
from realtime_notify.models import Attempt, Endpoint


@admin.register(Endpoint)
class EndpointAdmin(ModelAdmin):
    """Endpoints of webhooks."""

    list_display = ("name", "url", "keys", "active", "log_link")
    list_filter = ("active",)
    search_fields = ("name", "url")
    fields = ("name", "url", "keys", "active", "secret", "previous_secret_until", "log_link")
    readonly_fields = ("secret", "previous_secret_until", "log_link")
    actions = ("rotate_secrets", "test")

    @admin.display(description=_("log"))
    def log_link(self, endpoint: Endpoint) -> SafeString:
        """Link to the attempts of an endpoint."""
        url = reverse("admin:realtime_notify_attempt_changelist")
        return format_html('<a href="{}?endpoint__id__exact={}">{}</a>', url, endpoint.pk, _("log"))

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Show the secret to those alone who may change the endpoint."""
        hidden = set() if obj and self.has_change_permission(request, obj) else {"secret"}
        return [name for name in self.fields if name not in hidden]

    @admin.action(permissions=["change"], description=_("Give the selected endpoints a new secret"))
    def rotate_secrets(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        """Rotate the secrets; for a day, the old ones sign as well."""
        for endpoint in queryset:
            endpoint.rotate_secret()
        self.message_user(request, _("For a day, requests are signed with both secrets."))

    @admin.action(permissions=["change"], description=_("Send a test to the selected endpoints"))
    def test(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        """Send a request of the type "test" to each, and say what came of it."""
        for endpoint in queryset[:10]:
            attempt = send_test(endpoint)
            level = messages.ERROR if attempt.error else messages.SUCCESS
            told = attempt.error or _("It answered %(status)s.") % {"status": attempt.status}
            self.message_user(request, f"{endpoint}: {told}", level)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyMixin, LargeTableAdmin):
    """The log: every request to an endpoint, and what it answered."""

    list_display = ("created", "endpoint", "request", "status", "error", "took", "dispatch_link")
    list_filter = ("endpoint", "status")
    list_select_related = ("endpoint", "dispatch")
    actions = ("send_again",)

    def search_q(self, term: str) -> Q:
        """Search by the primary key of the dispatch."""
        return Q(dispatch__in=parse_ids(term))

    @admin.display(description=_("seconds"))
    def took(self, attempt: Attempt) -> str:
        """Return how long a request took."""
        return f"{attempt.seconds:.2f}"

    @admin.display(description=_("dispatch"))
    def dispatch_link(self, attempt: Attempt) -> SafeString | str:
        """Link to the dispatch of an attempt; a test has none."""
        if attempt.dispatch is None:
            return "-"
        url = reverse("admin:realtime_notify_dispatch_change", args=[attempt.dispatch_id])
        return format_html('<a href="{}">{}</a>', url, attempt.dispatch.get_state_display())

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Allow sending again to those who may change dispatches."""
        return bool(request.user.has_perm("realtime_notify.change_dispatch"))

    @admin.action(permissions=["resend"], description=_("Send the selected requests again"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> None:
        """Queue the dispatches of these attempts once more."""
        pks: set[Any] = set(queryset.exclude(dispatch=None).values_list("dispatch", flat=True))
        count = sending.requeue(pks, sent=True)
        done = ngettext(
            "%(count)d request will be sent again.",
            "%(count)d requests will be sent again.",
            count,
        )
        self.message_user(request, done % {"count": count})
