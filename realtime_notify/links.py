"""Where notifications may lead, and where their objects are to be seen."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

logger = logging.getLogger(__name__)


def is_safe_url(url: str) -> bool:
    """Tell whether a browser may be sent to an address: a path of this site, or http(s), or "".

    Browsers drop control characters and read a backslash as a slash, so an address with either
    means something else than it says.
    """
    if not url:
        return True
    if not url.isprintable() or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme or parts.netloc:
        return parts.scheme in ("http", "https") and bool(parts.netloc)
    return url.startswith(("/", "?", "#"))


def object_url(
    instance: Model | None, notification: Any = None, request: HttpRequest | None = None
) -> str | None:
    """Return the address of an object that a notification speaks of.

    The model says it with `get_url_for_notifications(notification, request)`, which may give each
    person another address, or else with `get_absolute_url()`.

    Args:
        instance: the object, such as `notification.event.target`.
        notification: the notification that speaks of it.
        request: the request that asks, for addresses that depend on it.

    Returns:
        The address; None when the object has none, or is gone. A model's method that raises is
        logged, so that one object does not cost a whole page.
    """
    if instance is None:
        return None
    try:
        if personal := getattr(instance, "get_url_for_notifications", None):
            return _text(personal(notification, request))
        if absolute := getattr(instance, "get_absolute_url", None):
            return _text(absolute())
    except Exception:
        logger.exception("%s %s could not say its address.", type(instance).__name__, instance.pk)
    return None


def admin_link(type_id: int | None, object_id: str) -> SafeString:
    """Return a link to an object's page in the admin, as HTML.

    Args:
        type_id: the primary key of the object's content type; None when there is no object.
        object_id: the object's primary key, as text.

    Returns:
        The link, with the key as its text; the key alone where the admin does not know the model;
        nothing when there is no object.
    """
    if type_id is None or not object_id:
        return SafeString()
    if apps.is_installed("django.contrib.admin"):
        from django.contrib.admin.utils import quote

        kind = ContentType.objects.get_for_id(type_id)
        name = f"admin:{kind.app_label}_{kind.model}_change"
        try:
            return format_html(
                '<a href="{}">{}</a>', reverse(name, args=[quote(object_id)]), object_id
            )
        except NoReverseMatch:
            pass  # not registered, or there is no admin site in the URLconf
    return format_html("{}", object_id)


def _text(address: object) -> str | None:
    return None if address is None else str(address)
