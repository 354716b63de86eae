"""The demo's post office: mails are files of a folder, and pages that show them."""

from __future__ import annotations

import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from demo.middleware import POLICY

NEWEST = 50
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox "
    "allow-popups allow-top-navigation-by-user-activation"
)
"""A mail brings its own style, and may do nothing else."""


class EmailBackend(BaseEmailBackend):
    """Writes each mail to a file instead of sending it."""

    def send_messages(self, email_messages: Any) -> int:
        """Write mails, and return how many."""
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        for mail in email_messages:
            (folder / f"{time.time_ns()}.eml").write_bytes(mail.message().as_bytes())
        return len(email_messages)


@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """List the newest mails."""
    newest = sorted(_folder().glob("*.eml"), reverse=True)[:NEWEST]
    mails = [
        {"name": path.stem, "mail": (found := _read(path)), "sent": found["Date"].datetime}
        for path in newest
    ]
    return render(request, "demo/outbox.html", {"mails": mails})


@require_safe
def mail(request: HttpRequest, name: int) -> HttpResponse:
    """Show a mail: its headers, its text and, in a frame, its HTML."""
    found = _find(name)
    headers = [(field, str(value)) for field, value in found.items()]
    text = found.get_body(("plain",))
    context = {
        "name": name,
        "mail": found,
        "headers": headers,
        "text": text.get_content() if text else "",
    }
    response = render(request, "demo/mail.html", context)
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return response


@require_safe
def mail_html(request: HttpRequest, name: int) -> HttpResponse:
    """Return the HTML of a mail, as a mail program would show it."""
    html = _find(name).get_body(("html",))
    if html is None:
        raise Http404("This mail is text only.")
    return HttpResponse(html.get_content(), headers={"Content-Security-Policy": MAIL_POLICY})


def _folder() -> Path:
    return Path(getattr(settings, "DEMO_OUTBOX", "demo.outbox"))


def _find(name: int) -> EmailMessage:
    path = _folder() / f"{name}.eml"
    if not path.exists():
        raise Http404("There is no such mail.")
    return _read(path)


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)
