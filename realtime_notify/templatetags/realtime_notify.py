"""Template tags for the bell, and for pages without it: `{% load realtime_notify %}`.

The tags of elements wrap the functions in `realtime_notify.elements`, which other template engines
and hooks can call. Each reads the counters from the user's inbox, one row by primary key, and
caches nothing between requests.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from realtime_notify import elements, inbox
from realtime_notify.exceptions import InvalidRequest, NotAllowed
from realtime_notify.forms import SubscribeForm
from realtime_notify.models import Event, Notification, Subscription
from realtime_notify.subscriptions import requests, unsubscribe_url

register = template.Library()


@register.simple_tag(takes_context=True)
def notify_scripts(context: template.Context) -> SafeString:
    """Render the script of the bell: `{% notify_scripts %}`, once, in the head of the page."""
    return elements.scripts(context.get("request"))


@register.simple_tag(takes_context=True)
def notify_bell(context: template.Context, **attributes: Any) -> SafeString:
    """Render the bell: `{% notify_bell %}`. The context must have `request`."""
    request = context.get("request")
    if request is None:
        raise template.TemplateSyntaxError(
            "{% notify_bell %} needs the request in the template context. Render with "
            "render(request, ...), and add 'django.template.context_processors.request' to "
            "the context processors in TEMPLATES."
        )
    return elements.bell(request, **attributes)


@register.simple_tag(takes_context=True)
def notify_toasts(context: template.Context, **attributes: Any) -> SafeString:
    """Render cards for what arrives: `{% notify_toasts %}`, once, with their script.

    It is "" if no user is signed in. The context must have `request`.
    """
    request = context.get("request")
    return mark_safe("") if request is None else elements.toasts(request, **attributes)


@register.simple_tag(takes_context=True)
def notify_alerts(context: template.Context, **attributes: Any) -> SafeString:
    """Render what tells of arrivals outside of the page: `{% notify_alerts title_count=True %}`.

    It is "" if no user is signed in. The context must have `request`.
    """
    request = context.get("request")
    return mark_safe("") if request is None else elements.alerts(request, **attributes)


@register.simple_tag(takes_context=True)
def notify_inbox(context: template.Context, amount: int = 10, **attributes: Any) -> SafeString:
    """Render the newest notifications with their buttons, live: `{% notify_inbox 10 %}`.

    It is "" if no user is signed in. The context must have `request`. The template is
    `realtime_notify/notify_inbox.html`.
    """
    request = context.get("request")
    if request is None:
        return mark_safe("")
    return elements.inbox_list(request, amount, **attributes)


@register.simple_tag(takes_context=True)
def notify_push(context: template.Context, **attributes: Any) -> SafeString:
    """Render the switch for pushes to this browser: `{% notify_push %}`, with its script.

    It is "" if no user is signed in, or the site does not push. The context must have `request`.
    """
    request = context.get("request")
    if request is None:
        return mark_safe("")
    return elements.push(request, **attributes)


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
