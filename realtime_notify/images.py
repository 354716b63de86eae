"""Pictures: which ones browsers may load for a notification, and those of actors."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from django.db import DatabaseError
from django.http.request import validate_host
from django.utils.module_loading import import_string

from realtime_notify.conf import settings
from realtime_notify.links import is_safe_url, site_host

MAX_URL_LENGTH = 2000

logger = logging.getLogger(__name__)


def is_allowed(url: str) -> bool:
    """Tell whether browsers may load a picture: from this site, or one of `ALLOWED_IMAGE_HOSTS`."""
    if not url or not is_safe_url(url):
        return False
    host = urlsplit(url).hostname
    if host is None:
        return url.startswith("/")
    return host == site_host() or validate_host(host, settings.ALLOWED_IMAGE_HOSTS)


def shown(data: Any, actor_image: str) -> str:
    """Return the URL of the picture that an item shows, or "".

    Args:
        data: of the event. Its `image`, if it is allowed, comes before that of the actor.
        actor_image: the URL of the actor's picture, or "".
    """
    own = data.get("image") if isinstance(data, dict) else None
    if isinstance(own, str) and is_allowed(own):
        return own
    return actor_image if is_allowed(actor_image) else ""


def of_actor(actor: Any) -> str:
    """Return the URL of an actor's picture by the setting `ACTOR_IMAGE`, or "".

    An exception of that function is logged and counts as no picture: nobody misses a notification
    for want of it.
    """
    if not settings.ACTOR_IMAGE:
        return ""
    try:
        url = str(import_string(settings.ACTOR_IMAGE)(actor) or "")
    except DatabaseError:
        raise  # it may have broken the caller's transaction
    except Exception:
        logger.exception("ACTOR_IMAGE failed for %r; continuing without a picture.", actor)
        return ""
    if len(url) > MAX_URL_LENGTH or (url and not is_allowed(url)):
        logger.warning(
            "The picture %.200r of %r is not shown: it is neither a path of this site nor of a "
            "host in ALLOWED_IMAGE_HOSTS, or it is longer than %d characters.",
            *(url, actor, MAX_URL_LENGTH),
        )
        return ""
    return url
