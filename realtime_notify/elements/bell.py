"""The bell."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from realtime_notify import inbox
from realtime_notify.elements.attributes import address, as_html, named, texts, texts_url


def bell(
    request: HttpRequest | None = None, *, user: Any = None, inside: str = "", **attributes: Any
) -> SafeString:
    """Return the bell element; "" for somebody who is not signed in.

    It takes one query. Without JavaScript the bell is a link to the inbox.

    Args:
        request: the current request; its user is the one the bell is for.
        user: whom the bell is for, where there is no request. With neither, no query is made: the
            browser asks the server who is signed in and what is in their inbox.
        inside: the name of a template for content of the element, such as an icon, or a
            `<template>` for its items.
        attributes: further attributes of the element. `inbox_url="/post/"` becomes
            `inbox-url="/post/"`; True is an attribute without a value, and None or False omits
            the attribute.
    """
    if request is not None:
        user = getattr(request, "user", None)
    is_known = request is not None or user is not None
    if is_known and not getattr(user, "is_authenticated", False):
        return mark_safe("")
    unread = inbox.unread_count(user) if is_known else None
    if request is not None:
        get_token(request)  # sets the CSRF cookie, which the bell needs on a page without forms
    label = attributes.pop("label", None) or _("Notifications")
    given: dict[str, Any] = {
        **address(user),
        "panel-url": static("realtime_notify/notify-panel.js"),
        "menu-url": static("realtime_notify/notify-menu.js"),
        "unread": None if unread is None else str(unread),
        "label": label,
        **texts("bell"),
        **texts_url("panel"),
        **named(attributes),
    }
    return format_html(
        '<notify-bell{}><a href="{}">{}{}</a>{}</notify-bell>',
        as_html(given),
        reverse("realtime_notify:inbox"),
        escape(label),
        "" if unread is None else f" ({unread})",
        render_to_string(inside, {"user": user}, request) if inside else "",
    )
