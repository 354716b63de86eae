"""URLs: which ones notifications may link to, and those of the objects they refer to."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from django.db import DatabaseError, connections
from django.db.models import Model
from django.http import HttpRequest

from realtime_notify.conf import settings

logger = logging.getLogger(__name__)


def is_safe_url(url: str) -> bool:
    """Tell whether a browser may be sent to a URL: a path of this site, an http(s) URL, or "".

    A URL with control characters or backslashes is unsafe: browsers drop the former and read the
    latter as slashes (https://url.spec.whatwg.org/#url-parsing).
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


def absolute(url: str) -> str:
    """Return a URL as links outside the site need it: with `BASE_URL` in front.

    Args:
        url: a path of this site, or a whole URL, which is returned as it is.

    Returns:
        The URL; "" for "" and for one that nobody may be sent to (see `is_safe_url()`). Without
        the setting `BASE_URL`, a path stays a path.
    """
    if not url or not is_safe_url(url):
        return ""
    if not url.startswith(("/", "?", "#")):
        return url
    base = settings.BASE_URL.rstrip("/")
    return f"{base}{url}" if url.startswith("/") else f"{base}/{url}"


def site_host() -> str:
    """Return the host of `BASE_URL`, such as "example.com"; "" if it is not set."""
    return urlsplit(settings.BASE_URL).hostname or ""


def object_url(
    instance: Model | None, notification: Any = None, request: HttpRequest | None = None
) -> str | None:
    """Return the URL of an object that a notification refers to.

    This is the result of `get_url_for_notifications(notification, request)` if the model has such
    a method and a notification is given; its URL may differ between users. Otherwise it is the
    result of `get_absolute_url()`.

    Args:
        instance: the object, such as `notification.event.target`; None if it is deleted.
        notification: the notification that refers to it; None if there is none (yet).
        request: the current request, for URLs that depend on it.

    Returns:
        The URL; None if the object is None or has no URL. An exception of the model's method is
        logged and counts as no URL, so that one object does not break a page or a delivery.

    Raises:
        DatabaseError: the model's method has broken the surrounding transaction.
    """
    personal = notification and getattr(instance, "get_url_for_notifications", None)
    absolute = getattr(instance, "get_absolute_url", None)
    try:
        url = personal(notification, request) if personal else absolute and absolute()
        return None if url is None else str(url)
    except Exception as error:
        if isinstance(error, DatabaseError) and _has_broken_transaction():
            raise  # the next statement would fail, and hide what was wrong
        model, pk = type(instance).__name__, getattr(instance, "pk", None)
        logger.exception("The URL method of %s %s failed; continuing without its URL.", model, pk)
        return None


def _has_broken_transaction() -> bool:
    """Tell whether a statement that failed has left a transaction that accepts no other."""
    return any(
        connection.in_atomic_block and (connection.needs_rollback or not connection.is_usable())
        for connection in connections.all(initialized_only=True)
    )
