"""Where notifications may lead, and where their objects are to be seen."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Model
from django.http import HttpRequest

logger = logging.getLogger(__name__)


def is_safe_address(url: str) -> bool:
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


def _text(address: object) -> str | None:
    return None if address is None else str(address)
