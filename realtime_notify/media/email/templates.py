"""Templates: which ones make a mail, and what they say."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from django.template import TemplateDoesNotExist, loader
from django.utils.safestring import SafeString

from realtime_notify.conf import settings
from realtime_notify.media.email.styles import inlined, inlined_part
from realtime_notify.rendering import fill, template_of

_DIRECTORY = "realtime_notify/email"
MAIL = f"{_DIRECTORY}/message"
SUBJECT = f"{_DIRECTORY}/subject.txt"
ENTRY, SECTION, TOPIC = (f"{_DIRECTORY}/{name}" for name in ("entry", "section", "topic"))
STYLE = f"{_DIRECTORY}/style.css"


class Said(NamedTuple):
    """What a mail says: its subject, its text and its HTML, which may be ""."""

    subject: str
    text: str
    html: str


class Chosen(NamedTuple):
    """The paths of the templates of a mail: of its subject; of the mail, without endings."""

    subject: str
    mail: str


def templates_of(keys: Collection[str]) -> Chosen:
    """Return the templates of a mail.

    Args:
        keys: the keys of the types of its events.
    """
    chosen = []
    for templates, default in (
        (settings.EMAIL_SUBJECTS, SUBJECT),
        (settings.EMAIL_TEMPLATES, MAIL),
    ):
        found = {template_of(templates, key) for key in keys}
        chosen.append((found.pop() if len(found) == 1 else "") or default)
    return Chosen(*chosen)


def text_of(path: str, context: dict[str, Any]) -> str:
    """Fill a template for text.

    Raises:
        TemplateDoesNotExist: there is none.
    """
    return fill(loader.get_template(path), context, escape=False).strip()


def html_of(path: str, context: dict[str, Any]) -> str:
    """Fill a template for a whole HTML document; return "" if there is none."""
    try:
        template = loader.get_template(path)
    except TemplateDoesNotExist:
        return ""
    return inlined(fill(template, context, escape=True))


def text_part(path: str, context: dict[str, Any]) -> str:
    """Fill the template of a part of a mail, for text."""
    return text_of(f"{path}.txt", context)


def html_part(path: str, context: dict[str, Any]) -> SafeString:
    """Fill the template of a part of a mail, for HTML."""
    filled = fill(loader.get_template(f"{path}.html"), context, escape=True).strip()
    # Safe: the template has escaped its variables.
    return SafeString(inlined_part(filled, text_of(STYLE, {})))
