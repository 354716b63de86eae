"""Template tags for the bell, and for pages without it: `{% load realtime_notify %}`.

The tags are shells around `scripts()` and `bell()`, which other template languages may call.
Counts are read from the person's own inbox each time, one row by its key, and never kept for the
next request, who may be somebody else.
"""

from __future__ import annotations

from typing import Any

import django
from django import template
from django.conf import settings as django_settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from realtime_notify import inbox
from realtime_notify.conf import settings
from realtime_notify.models import Notification, Subscription

register = template.Library()


def scripts(request: HttpRequest | None = None) -> SafeString:
    """Return the script element that brings `<notify-bell>` to life.

    Before it goes the CSRF token, where the project keeps it out of the reach of scripts.
    """
    attributes: dict[str, Any] = {"type": "module", "src": static("realtime_notify/notify-bell.js")}
    if nonce := _nonce(request):
        attributes["nonce"] = nonce
    script = format_html("<script{}></script>", _flat(attributes))
    if request is None or _csrf_cookie_is_readable() or not _is_signed_in(request):
        return script
    return format_html('<meta name="csrf-token" content="{}">{}', get_token(request), script)


def bell(request: HttpRequest, **attributes: object) -> SafeString:
    """Return the bell of the person who makes the request; nothing for anybody anonymous.

    Costs one query. Without JavaScript the bell is a link to the inbox.

    Args:
        request: Whose bell it is.
        attributes: More attributes of the element; `inbox_url="/post/"` becomes
            `inbox-url="/post/"`, True an attribute without a value, and None or False no
            attribute at all.
    """
    if not _is_signed_in(request):
        return mark_safe("")
    user = request.user
    unread = inbox.unread_count(user)
    get_token(request)  # sets the cookie that the bell's requests need, on a page without forms
    inbox_url = reverse("realtime_notify:inbox")
    label = attributes.pop("label", None) or _("Notifications")
    given: dict[str, Any] = {
        "ws-url": get_script_prefix().rstrip("/") + settings.WEBSOCKET_PATH,
        "api-url": f"{inbox_url}api/",
        "inbox-url": inbox_url,
        "user": str(user.pk),
        "unread": str(unread),
        "label": label,
        **{name.replace("_", "-"): value for name, value in attributes.items()},
    }
    return format_html(
        '<notify-bell{}><a href="{}">{} ({})</a></notify-bell>',
        _flat(given),
        inbox_url,
        escape(label),
        unread,
    )


def _flat(attributes: dict[str, Any]) -> SafeString:
    """Return attributes as HTML, everything escaped: a literal in a template counts as safe."""
    return format_html_join(
        "",
        ' {}="{}"',
        (
            (name, "" if value is True else escape(value))
            for name, value in attributes.items()
            if value is not None and value is not False
        ),
    )


def _is_signed_in(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated


def _csrf_cookie_is_readable() -> bool:
    """Tell whether a script finds the CSRF token in the cookie that Django sets by default."""
    return (
        django_settings.CSRF_COOKIE_NAME == "csrftoken"
        and not django_settings.CSRF_COOKIE_HTTPONLY
        and not django_settings.CSRF_USE_SESSIONS
    )


def _nonce(request: HttpRequest | None) -> str:
    """Return the nonce of the page's Content-Security-Policy; "" when nonces are not in use.

    Nonces are lazy: reading one puts it into the header. So it is read only where one is offered.
    """
    if request is None:
        return ""
    nonce = getattr(request, "csp_nonce", None)  # django-csp
    if nonce is None and django.VERSION >= (6, 0):
        from django.middleware.csp import get_nonce

        nonce = get_nonce(request)
    return "" if nonce is None else str(nonce)


@register.simple_tag(takes_context=True)
def notify_scripts(context: template.Context) -> SafeString:
    """Put the script of the bell into the page: `{% notify_scripts %}`, once, in the head."""
    return scripts(context.get("request"))


@register.simple_tag(takes_context=True)
def notify_bell(context: template.Context, **attributes: object) -> SafeString:
    """Put the bell into the page: `{% notify_bell %}`; needs `request` in the context."""
    request = context.get("request")
    if request is None:
        raise template.TemplateSyntaxError(
            "{% notify_bell %} needs the request in the template's context. Render with "
            "render(request, ...), and add 'django.template.context_processors.request' to "
            "the context processors in TEMPLATES."
        )
    return bell(request, **attributes)


@register.simple_tag(takes_context=True)
def unread_count(context: template.Context) -> int | str:
    """Show how many notifications are unread: `{% unread_count %}`, `{% unread_count as n %}`.

    Nothing for anybody who is not signed in.
    """
    user = _reader(context)
    return "" if user is None else inbox.unread_count(user)


@register.filter
def has_unread(user: Any) -> bool:
    """Tell whether somebody has unread notifications: `{% if user|has_unread %}`."""
    return bool(getattr(user, "is_authenticated", False)) and inbox.unread_count(user) > 0


@register.simple_tag(takes_context=True)
def render_notifications(
    context: template.Context,
    amount: int = 8,
    template_name: str = "realtime_notify/notifications.html",
) -> str:
    """List the newest notifications: `{% render_notifications 8 %}`.

    Nothing for anybody who is not signed in. A template of the project's own gets `notifications`,
    `unread` (how many there are of them in all), `inbox_url` and `request`.
    """
    user = _reader(context)
    if user is None:
        return ""
    request = context.get("request")
    rows = Notification.objects.active().filter(user=user).with_event().order_by("-seq")
    given = {
        "notifications": rows[: max(int(amount), 0)],
        "unread": inbox.unread_count(user),
        "inbox_url": reverse("realtime_notify:inbox"),
        "request": request,
    }
    return render_to_string(template_name, given, request)


@register.simple_tag(takes_context=True)
def unsubscribe_instructions(
    context: template.Context, subscription: Subscription, base_url: str = ""
) -> str:
    """Say how to end a subscription: `{% unsubscribe_instructions subscription %}`.

    The text holds the address of a page that ends it without signing in. The address is absolute
    where the context has a request, or where `base_url` ("https://example.com") is given, as in an
    e-mail. The words are those of the template `realtime_notify/unsubscribe_instructions.txt`.
    """
    if not subscription.secret:
        return ""  # an empty secret would be everybody's
    address = reverse("realtime_notify:unsubscribe", args=[subscription.secret])
    request = context.get("request")
    if base_url:
        address = base_url.rstrip("/") + address
    elif request is not None:
        address = request.build_absolute_uri(address)
    given = {"subscription": subscription, "unsubscribe_url": address}
    return render_to_string("realtime_notify/unsubscribe_instructions.txt", given)


def _reader(context: template.Context) -> Any:
    """Return who is signed in, or None.

    The request knows; a page about somebody else may well call them `user`.
    """
    request = context.get("request")
    user = context.get("user") if request is None else getattr(request, "user", None)
    return user if getattr(user, "is_authenticated", False) else None
