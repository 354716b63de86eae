"""Explanations in the admin: why somebody got an event, or didn't."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.management.base import CommandError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from realtime_notify.admin.base import ModelAdmin
from realtime_notify.management.people import find_user
from realtime_notify.models import Event
from realtime_notify.why import why

NEEDED = ("view_event", "view_subscription", "view_optout")


class Explanations(ModelAdmin):
    """Explains events."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page."""
        view = self.admin_site.admin_view(self.why)
        name = "realtime_notify_event_why"
        return [path("<int:pk>/why/", view, name=name), *super().get_urls()]

    @admin.display(description=gettext_lazy("explanation"))
    def why_link(self, event: Event) -> SafeString:
        """Link to the page."""
        url = reverse("admin:realtime_notify_event_why", args=[event.pk])
        return format_html('<a href="{}">{}</a>', url, _("Why did somebody get it, or not?"))

    def why(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Show why the user whom the form names got an event, or didn't."""
        if not all(request.user.has_perm(f"realtime_notify.{name}") for name in NEEDED):
            raise PermissionDenied
        event = Event.objects.select_related("type").filter(pk=pk).first()
        if event is None:
            raise Http404
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Why did somebody get it, or not?"),
            "event": event,
            "who": request.GET.get("user", "").strip(),
        }
        if context["who"]:
            try:
                context["user_found"] = find_user(context["who"])
                context["answers"] = why(event, context["user_found"])
            except CommandError as error:
                context["problem"] = str(error)
        return TemplateResponse(request, "admin/realtime_notify/event/why.html", context)
