"""What tells of arrivals outside of the page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from realtime_notify.elements.toasts import companion


def alerts(request: HttpRequest, **attributes: Any) -> SafeString:
    """Return the element for title, badge, desktop and sound, with its script.

    It is "" for an anonymous user, and takes no query.

    Args:
        request: the current request.
        attributes: the ways to tell, `title_count`, `app_badge`, `desktop` and `sound`, and further
            attributes of the element, named as in `bell()`.
    """
    return companion("alerts", request, attributes)
