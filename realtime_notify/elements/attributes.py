"""The attributes of the elements: as HTML, and those that several elements have."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings as django_settings
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from realtime_notify.conf import settings
from realtime_notify.elements.catalogue import catalogue
from realtime_notify.live.languages import PARAMETER
from realtime_notify.models.objects import user_pk


def as_html(attributes: dict[str, Any]) -> SafeString:
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


def named(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return keyword arguments under the names of attributes: `inbox_url` is `inbox-url`."""
    return {name.replace("_", "-"): value for name, value in arguments.items()}


def address(user: Any) -> dict[str, Any]:
    """Return where the server is and whose inbox is meant; without a user, the session's."""
    inbox_url = reverse("realtime_notify:inbox")
    return {
        **_socket(),
        "api-url": f"{inbox_url}api/",
        "inbox-url": inbox_url,
        "user": None if user is None else str(user_pk(user)),
    }


def bundles() -> dict[str, Any]:
    """Return where an element beside the bell finds the client, and what lets it act."""
    return {
        "bell-url": static("realtime_notify/notify-bell.js"),
        "panel-url": static("realtime_notify/notify-panel.js"),
    }


def texts(part: str) -> dict[str, Any]:
    """Return the texts of an element and their language; nothing if its English texts are right."""
    written = catalogue(part).json
    return {"lang": get_language(), "texts": written} if written else {}


def texts_url(part: str) -> dict[str, Any]:
    """Return the URL of texts that are fetched when they are needed, and which a browser keeps."""
    version = catalogue(part).version
    if not version:
        return {}
    url = reverse("realtime_notify:api-texts", args=[part, get_language()])
    return {"texts-url": f"{url}?{urlencode({'version': version})}"}


def _socket() -> dict[str, Any]:
    """Return where the socket is, in the language of the page; or that the site has none."""
    if not settings.WEBSOCKET_PATH:
        return {"socket": "off"}
    url = get_script_prefix().rstrip("/") + settings.WEBSOCKET_PATH
    language = get_language() if django_settings.USE_I18N else None
    return {"ws-url": f"{url}?{urlencode({PARAMETER: language})}" if language else url}
