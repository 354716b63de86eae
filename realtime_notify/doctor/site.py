"""The site as browsers find it: behind its proxy, at its URL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import Request, urlopen

from django.templatetags.static import static
from django.urls import NoReverseMatch, get_script_prefix, reverse

from realtime_notify.conf import settings
from realtime_notify.doctor.findings import Finding, error, warning, well
from realtime_notify.doctor.handshake import NoSocket, Opening, open_socket
from realtime_notify.wire.protocol import Close

TIMEOUT = 10.0
STRANGER = "https://stranger.invalid"
"""An origin that no site serves pages from (https://www.rfc-editor.org/rfc/rfc6761#section-6.4)."""
SCRIPT = "realtime_notify/notify-bell.js"
_PROXY = (
    "See that the proxy passes the upgrade on (nginx: proxy_http_version 1.1, and the headers "
    "Upgrade and Connection), and that an ASGI server is behind it; deploy/nginx.conf shows it."
)
_NO_ANSWER = "See that the server runs, that the URL is right, and that this machine reaches it."


def examine(url: str) -> Iterator[Finding]:
    """Ask the site for what a page with a bell needs.

    Args:
        url: where the site is, such as "https://example.com"; "" if it is not to be asked.
    """
    if not url:
        yield well("site", "Not asked: pass --url, or set REALTIME_NOTIFY['BASE_URL'].")
        return
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    yield from _ask_server(root)
    yield from _ask_static(root)
    if settings.WEBSOCKET_PATH:
        yield from _ask_socket(root)


def _ask_server(root: str) -> Iterator[Finding]:
    try:
        address = urljoin(root, reverse("realtime_notify:ready"))
    except NoReverseMatch:
        return  # a system check says so
    status, body, _ = _get(address)
    try:
        answer = json.loads(body)
    except ValueError:
        answer = {}
    if status == 200 and answer.get("ready"):
        yield well("server", f"{address} says that it is ready.", status=status, **answer)
        return
    problems = " ".join(answer.get("problems", ())) or _said(status, body)
    yield error("server", f"{address} is not ready: {problems}", _NO_ANSWER, status=status)


def _ask_static(root: str) -> Iterator[Finding]:
    try:
        address = urljoin(root, static(SCRIPT))
    except ValueError as failure:
        yield error("static", str(failure), "Run: python manage.py collectstatic")
        return
    status, body, kind = _get(address)
    values = {"url": address, "status": status, "content_type": kind}
    if status != 200:
        yield error(
            "static",
            f"The script of the bell is not at {address}: {_said(status, body)}",
            "Run `manage.py collectstatic`, and let the proxy or WhiteNoise serve STATIC_ROOT at "
            "STATIC_URL.",
            **values,
        )
    elif "javascript" not in kind:
        yield error(
            "static",
            f"{address} has the content type {kind!r}: browsers run no module that is not "
            "text/javascript.",
            "Give files that end in .js this type, where static files are served.",
            **values,
        )
    else:
        yield well("static", f"The script of the bell is at {address}.", **values)


def _ask_socket(root: str) -> Iterator[Finding]:
    address = urljoin(root, get_script_prefix().rstrip("/") + settings.WEBSOCKET_PATH)
    opening = _open(address, root)
    if isinstance(opening, str):
        yield error("socket", f"{address} opens no WebSocket: {opening}.", _PROXY, url=address)
        return
    values = {"url": address, "origin": root, "status": opening.status}
    if opening.status != 101:
        said = f"it answers {opening.status}, not 101"
        yield error("socket", f"{address} opens no WebSocket: {said}.", _PROXY, **values)
        return
    code = _code(opening)
    values["code"] = code
    if code == Close.NOT_ALLOWED:
        yield error(
            "origin",
            f"The site's own pages, of {root}, may not open the socket.",
            "Let the proxy pass on the header Host as it came (nginx: proxy_set_header Host "
            "$http_host), or list the origin in REALTIME_NOTIFY['ALLOWED_ORIGINS']; see that the "
            "host is in ALLOWED_HOSTS.",
            **values,
        )
        return
    if code == Close.PROTOCOL_ERROR:
        advice = "Route WEBSOCKET_PATH to websocket_application() in asgi.py."
        yield error("socket", f"No application is at {address}.", advice, **values)
    elif code == Close.DRAINING:
        advice = "Run it again when the server has restarted."
        yield warning("socket", f"{address} sends browsers away for now.", advice, **values)
    else:
        yield well("socket", f"{address} opens, and answers a hello.", **values)
    yield _ask_as_stranger(address)


def _ask_as_stranger(address: str) -> Finding:
    opening = _open(address, STRANGER)
    values = {"url": address, "origin": STRANGER}
    if (
        isinstance(opening, Opening)
        and opening.status == 101
        and (_code(opening) != Close.NOT_ALLOWED)
    ):
        return error(
            "origin",
            f"A page of {STRANGER} may open the socket, with the cookies of its visitors.",
            "Make ALLOWED_ORIGINS and CSRF_TRUSTED_ORIGINS narrower, and see that the proxy "
            "passes on the header Origin as it came.",
            **values,
        )
    return well("origin", "The site's own pages may open the socket, and others may not.", **values)


def _open(address: str, origin: str) -> Opening | str:
    """Open a socket, or return why there is none."""
    try:
        return open_socket(address, origin, TIMEOUT)
    except (NoSocket, OSError, HTTPException) as failure:
        return str(failure) or type(failure).__name__


def _code(opening: Opening) -> Any:
    """Return the code with which the server says bye; None if it lets the socket in."""
    return (opening.frame.get("bye") or {}).get("code")


def _get(address: str) -> tuple[int, str, str]:
    """Return the status, the body and the content type of an address; 0 if nobody answers."""
    try:
        # The operator names the site; no other scheme gets here.
        with urlopen(Request(address), timeout=TIMEOUT) as response:  # noqa: S310
            body = response.read(4096).decode("utf-8", "replace")
            return response.status, body, response.headers.get("Content-Type", "")
    except HTTPError as failure:
        with failure:
            return failure.code, failure.read(4096).decode("utf-8", "replace"), ""
    except (URLError, OSError, HTTPException) as failure:
        return 0, str(getattr(failure, "reason", failure)), ""


def _said(status: int, body: str) -> str:
    return f"it answers {status}." if status else f"nobody answers ({body})."
