"""Template tags for the bell, and for pages without it: `{% load realtime_notify %}`.

The tags wrap `scripts()`, `bell()` and others, which other template engines can call. Those that
show a count read it from the user's inbox, one row by primary key; nothing is cached between
requests.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import django
from django import template
from django.conf import settings as django_settings
from django.db.models import Model
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from realtime_notify import inbox
from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidRequest, NotAllowed
from realtime_notify.forms import SubscribeForm
from realtime_notify.live.languages import PARAMETER
from realtime_notify.media.webpush import vapid
from realtime_notify.models import Event, Notification, Subscription
from realtime_notify.models.objects import user_pk
from realtime_notify.outbox import backends
from realtime_notify.subscriptions import requests, unsubscribe_url

register = template.Library()


def scripts(request: HttpRequest | None = None) -> SafeString:
    """Return the script element that defines `<notify-bell>`.

    If scripts cannot read the CSRF cookie, a meta element with the token precedes it.
    """
    attributes: dict[str, Any] = {"type": "module", "src": static("realtime_notify/notify-bell.js")}
    if nonce := _nonce(request):
        attributes["nonce"] = nonce
    script = format_html("<script{}></script>", _flat(attributes))
    if request is None or _csrf_cookie_is_readable() or not _is_signed_in(request):
        return script
    return format_html('<meta name="csrf-token" content="{}">{}', get_token(request), script)


def bell(request: HttpRequest, **attributes: object) -> SafeString:
    """Return the bell element of the signed-in user; "" for an anonymous one.

    It takes one query. Without JavaScript the bell is a link to the inbox.

    Args:
        request: the current request.
        attributes: further attributes of the element. `inbox_url="/post/"` becomes
            `inbox-url="/post/"`; True is an attribute without a value, and None or False omits
            the attribute.
    """
    if not _is_signed_in(request):
        return mark_safe("")
    user = request.user
    unread = inbox.unread_count(user)
    get_token(request)  # sets the CSRF cookie, which the bell needs on a page without forms
    label = attributes.pop("label", None) or _("Notifications")
    given: dict[str, Any] = {
        **_addresses(user),
        "panel-url": static("realtime_notify/notify-panel.js"),
        "unread": str(unread),
        "label": label,
        **_named(attributes),
    }
    return format_html(
        '<notify-bell{}><a href="{}">{} ({})</a></notify-bell>',
        _flat(given),
        reverse("realtime_notify:inbox"),
        escape(label),
        unread,
    )


def toasts(request: HttpRequest, **attributes: object) -> SafeString:
    """Return the element that shows arrivals on cards, with its script; "" for an anonymous user.

    It takes no query.

    Args:
        request: the current request.
        attributes: further attributes of the element, as those of `bell()`.
    """
    return _companion("notify-toasts", request, attributes)


def _companion(name: str, request: HttpRequest, attributes: dict[str, object]) -> SafeString:
    """Return an element that shares the client of the bell's script, and its own script."""
    if not _is_signed_in(request):
        return mark_safe("")
    get_token(request)  # as for the bell
    given: dict[str, Any] = {
        **_addresses(request.user),
        "client-url": static("realtime_notify/notify-bell.js"),
        **_named(attributes),
    }
    script: dict[str, Any] = {"type": "module", "src": static(f"realtime_notify/{name}.js")}
    if nonce := _nonce(request):
        script["nonce"] = nonce
    element = format_html("<{}{}></{}>", name, _flat(given), name)
    return format_html("<script{}></script>{}", _flat(script), element)


def _addresses(user: Any) -> dict[str, str]:
    """Return the attributes that say whose inbox an element shows, and where it is."""
    inbox_url = reverse("realtime_notify:inbox")
    return {
        "ws-url": _socket_url(),
        "api-url": f"{inbox_url}api/",
        "inbox-url": inbox_url,
        "user": str(user_pk(user)),
    }


def _named(attributes: dict[str, object]) -> dict[str, object]:
    """Return the arguments of a tag under their names as attributes."""
    return {name.replace("_", "-"): value for name, value in attributes.items()}


def _socket_url() -> str:
    """Return the URL of the socket, which says in which language the page is."""
    url = get_script_prefix().rstrip("/") + settings.WEBSOCKET_PATH
    language = get_language() if django_settings.USE_I18N else None
    return f"{url}?{urlencode({PARAMETER: language})}" if language else url


def _flat(attributes: dict[str, Any]) -> SafeString:
    """Return attributes as HTML. All values are escaped, even safe ones such as literals."""
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


def _pushes() -> bool:
    """Tell whether the site has all that Web Push needs; a system check says what it lacks."""
    return "webpush" in backends() and bool(settings.VAPID_PRIVATE_KEY) and vapid.is_installed()


def _csrf_cookie_is_readable() -> bool:
    """Tell whether scripts can read the CSRF token from Django's default cookie."""
    return (
        django_settings.CSRF_COOKIE_NAME == "csrftoken"
        and not django_settings.CSRF_COOKIE_HTTPONLY
        and not django_settings.CSRF_USE_SESSIONS
    )


def _nonce(request: HttpRequest | None) -> str:
    """Return the nonce of the page's Content-Security-Policy; "" if the site uses no nonces.

    A nonce is lazy: reading it adds it to the header.
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
    """Render the script of the bell: `{% notify_scripts %}`, once, in the head of the page."""
    return scripts(context.get("request"))


@register.simple_tag(takes_context=True)
def notify_bell(context: template.Context, **attributes: object) -> SafeString:
    """Render the bell: `{% notify_bell %}`. The context must have `request`."""
    request = context.get("request")
    if request is None:
        raise template.TemplateSyntaxError(
            "{% notify_bell %} needs the request in the template context. Render with "
            "render(request, ...), and add 'django.template.context_processors.request' to "
            "the context processors in TEMPLATES."
        )
    return bell(request, **attributes)


@register.simple_tag(takes_context=True)
def notify_toasts(context: template.Context, **attributes: object) -> SafeString:
    """Render cards for what arrives: `{% notify_toasts %}`, once, with their script.

    It is "" if no user is signed in. The context must have `request`.
    """
    request = context.get("request")
    return mark_safe("") if request is None else toasts(request, **attributes)


@register.simple_tag(takes_context=True)
def notify_push(context: template.Context, **attributes: object) -> SafeString:
    """Render the switch for pushes to this browser: `{% notify_push %}`, with its script.

    It is "" if no user is signed in, or the site does not push. The context must have `request`.
    """
    request = context.get("request")
    if request is None or not _is_signed_in(request) or not _pushes():
        return mark_safe("")
    inbox_url = reverse("realtime_notify:inbox")
    given: dict[str, Any] = {
        "api-url": f"{inbox_url}api/",
        "worker-url": reverse("realtime_notify:push-worker"),
        "scope": inbox_url,
        "key": vapid.public_key(),
        "user": str(user_pk(request.user)),
        **_named(attributes),
    }
    script: dict[str, Any] = {"type": "module", "src": static("realtime_notify/notify-push.js")}
    if nonce := _nonce(request):
        script["nonce"] = nonce
    return format_html(
        "<script{}></script><notify-push{}></notify-push>", _flat(script), _flat(given)
    )


@register.simple_tag(takes_context=True)
def unread_count(context: template.Context) -> int | str:
    """Return the number of unread notifications: `{% unread_count %}`, `{% unread_count as n %}`.

    It is "" if no user is signed in.
    """
    user = _signed_in_user(context)
    return "" if user is None else inbox.unread_count(user)


@register.filter
def has_unread(user: Any) -> bool:
    """Tell whether a user has unread notifications: `{% if user|has_unread %}`."""
    return bool(getattr(user, "is_authenticated", False)) and inbox.unread_count(user) > 0


@register.filter
def text_of(event: Event, field: str) -> str:
    """Return a text of an event in the active language: `{{ event|text_of:"message" }}`."""
    return event.text_of(field)


@register.simple_tag(takes_context=True)
def render_notifications(
    context: template.Context,
    amount: int = 8,
    template_name: str = "realtime_notify/notifications.html",
) -> str:
    """Render the newest notifications: `{% render_notifications 8 %}`.

    It is "" if no user is signed in.

    Args:
        context: the template context.
        amount: the maximum number of notifications.
        template_name: a template of the project's own. Its context has `notifications`, `unread`
            (the number of unread notifications in the inbox), `inbox_url` and `request`.
    """
    user = _signed_in_user(context)
    if user is None:
        return ""
    request = context.get("request")
    rows = Notification.objects.active().filter(user=user).with_event().order_by("-seq")
    given = {
        "notifications": rows[: max(int(amount), 0)],
        "unread": inbox.counts(user)["unread"],  # takes in what the list is to show
        "inbox_url": reverse("realtime_notify:inbox"),
        "request": request,
    }
    return render_to_string(template_name, given, request)


@register.simple_tag(takes_context=True)
def unsubscribe_instructions(
    context: template.Context, subscription: Subscription, base_url: str = ""
) -> str:
    """Render how to end a subscription: `{% unsubscribe_instructions subscription %}`.

    The text has the URL of a page that ends it without signing in. The URL is absolute if the
    context has a request, or if `base_url` ("https://example.com") is given, as in an e-mail. The
    template is `realtime_notify/unsubscribe_instructions.txt`.
    """
    if not subscription.secret:
        return ""  # an empty secret would match any subscription without one
    url = unsubscribe_url(subscription)
    request = context.get("request")
    if base_url:
        url = base_url.rstrip("/") + url
    elif request is not None:
        url = request.build_absolute_uri(url)
    given = {"subscription": subscription, "unsubscribe_url": url}
    return render_to_string("realtime_notify/unsubscribe_instructions.txt", given)


@register.simple_tag(takes_context=True)
def subscribe_form(context: template.Context, key: str, target: Model | None = None) -> str:
    """Render the form for people without an account: `{% subscribe_form "blog/new" post %}`.

    It is "" if they may not subscribe to this. The template is
    `realtime_notify/subscribe_form.html`; its context has `form` and `request`.
    """
    request = context.get("request")
    named = "" if target is None else f"{target._meta.label_lower}:{target.pk}"
    try:
        requests.open_topic("", key=key, target=named or None)
    except (InvalidRequest, NotAllowed):
        return ""
    given = {"form": SubscribeForm(initial={"key": key, "target": named}, auto_id="rn-%s")}
    return render_to_string("realtime_notify/subscribe_form.html", given, request)


def _signed_in_user(context: template.Context) -> Any:
    """Return the signed-in user, or None.

    The request's user takes precedence: on a page about another user, `user` may be that one.
    """
    request = context.get("request")
    user = context.get("user") if request is None else getattr(request, "user", None)
    return user if getattr(user, "is_authenticated", False) else None
