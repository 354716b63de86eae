"""Where a notification may lead."""

from __future__ import annotations

from urllib.parse import urlsplit


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
