"""Mails in the admin: how an event reads as a mail, a test to oneself, and addresses that rest."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings as django_settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin

from realtime_notify.admin.base import LargeTableAdmin, ModelAdmin
from realtime_notify.media.email import compose, send_test
from realtime_notify.models import Event, Notification, RestedAddress
from realtime_notify.models.media import EMAIL
from realtime_notify.models.profiles import DAILY
from realtime_notify.outbox import Item, Message, Reader

DIGEST_OF = 10  # events, of which a preview makes a digest
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; sandbox"
"""What a mail may do in the preview: show itself, with its pictures."""


class MailPreview(ModelAdmin):
    """Shows events as mails."""

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of the preview."""
        view = self.admin_site.admin_view
        html = xframe_options_sameorigin(view(self.mail_html))
        return [
            path("<int:pk>/mail/", view(self.mail), name="realtime_notify_event_mail"),
            path("<int:pk>/mail/html/", html, name="realtime_notify_event_mail_html"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("E-mail"))
    def mail_link(self, event: Event) -> SafeString:
        """Link to the preview."""
        url = reverse("admin:realtime_notify_event_mail", args=[event.pk])
        return format_html('<a href="{}">{}</a>', url, _("Show as a mail"))

    def mail(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Show an event as a mail to who is signed in; POST sends it to them."""
        event = self._event(request, pk)
        chosen = request.POST if request.method == "POST" else request.GET
        language, is_digest = _language_of(chosen), "digest" in chosen
        query = urlencode({"language": language, **({"digest": 1} if is_digest else {})})
        message = _message_to(request, event, language, is_digest)
        if request.method == "POST":
            self._send(request, message)
            return redirect(f"{request.path}?{query}")
        html_url = reverse("admin:realtime_notify_event_mail_html", args=[pk])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Mail"),
            "event": event,
            "mail": _composed(message),
            "html_url": f"{html_url}?{query}",
            "languages": django_settings.LANGUAGES,
            "language": language,
            "digest": is_digest,
            "address": message.reader.address,
        }
        return TemplateResponse(request, "admin/realtime_notify/event/mail.html", context)

    def mail_html(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return the HTML of the mail, which the preview shows in a frame."""
        event = self._event(request, pk)
        message = _message_to(request, event, _language_of(request.GET), "digest" in request.GET)
        parts = _composed(message).alternatives
        response = HttpResponse(parts[0][0] if parts else "")
        response["Content-Security-Policy"] = MAIL_POLICY
        return response

    def _event(self, request: HttpRequest, pk: int) -> Event:
        event = Event.objects.to_show().select_related("type__group").filter(pk=pk).first()
        if event is None:
            raise Http404
        if not self.has_view_permission(request, event):
            raise PermissionDenied
        return event

    def _send(self, request: HttpRequest, message: Message) -> None:
        address = message.reader.address
        try:
            send_test(message)
        except Exception as error:
            # Whatever a server or a backend says is what this page is for.
            told = _("The mail to %(address)s was not sent: %(error)s")
            level = messages.ERROR
            self.message_user(request, told % {"address": address, "error": error}, level)
        else:
            told = _("The mail was sent to %(address)s.")
            self.message_user(request, told % {"address": address}, messages.SUCCESS)


@admin.register(RestedAddress)
class RestedAddressAdmin(LargeTableAdmin):
    """Addresses that rest. To delete a row is to mail to the address again."""

    list_display = ("address", "reason", "bounces", "until", "created")
    list_filter = (("until", admin.EmptyFieldListFilter),)
    search_help_text = gettext_lazy("The start of an address.")
    ordering = ("address",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Let the address be written once: it is the row's key."""
        return ("address",) if obj else ()

    def search_q(self, term: str) -> Q:
        """Search by the start of an address."""
        return Q(pk__startswith=term.lower())

    def save_model(self, request: HttpRequest, obj: RestedAddress, form: Any, change: bool) -> None:
        """Store the address in lower case, as it is looked up."""
        obj.address = obj.address.lower()
        super().save_model(request, obj, form, change)


def _composed(message: Message) -> EmailMultiAlternatives:
    """Compose a mail that nobody gets, also for somebody without an address."""
    if not message.reader.address:
        message = replace(message, reader=message.reader._replace(address="you@example.com"))
    return compose(message)


def _message_to(request: HttpRequest, event: Event, language: str, is_digest: bool) -> Message:
    user: Any = request.user
    events = [event]
    if is_digest:
        before = Event.objects.to_show().select_related("type__group").filter(pk__lt=event.pk)
        events = [*reversed(before.order_by("-pk")[: DIGEST_OF - 1]), event]
    mine = Notification.objects.filter(user=user.pk, event__in=events, deleted_at=None)
    notifications = {notification.event_id: notification for notification in mine}
    address = getattr(user, user.get_email_field_name(), "") or ""
    return Message(
        pk=0,
        medium=EMAIL,
        items=[Item(one, notifications.get(one.pk)) for one in events],
        reader=Reader(language, timezone.get_current_timezone_name(), address),
        user=user,
        interval=DAILY if is_digest else 0,
    )


def _language_of(chosen: Mapping[str, str]) -> str:
    """Return the language that was chosen, or the active one."""
    language = chosen.get("language") or translation.get_language() or ""
    for code in (language, django_settings.LANGUAGE_CODE):
        with suppress(LookupError):
            # LANGUAGE_CODE may be "en-us" where LANGUAGES has "en": one that the list can show.
            return translation.get_supported_language_variant(code)
    return str(django_settings.LANGUAGE_CODE)
