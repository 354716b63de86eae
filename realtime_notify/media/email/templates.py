"""Templates: which ones make a mail, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.template import TemplateDoesNotExist, loader
from django.utils.translation import gettext

from realtime_notify.conf import settings
from realtime_notify.media.email.styles import inlined
from realtime_notify.rendering import fill, template_of

DEFAULT = "realtime_notify/email/message"
DEFAULT_SUBJECT = "realtime_notify/email/subject.txt"


class Said(NamedTuple):
    """What a mail says: its subject, its text and its HTML, which may be ""."""

    subject: str
    text: str
    html: str


def say(keys: Iterable[str], context: dict[str, Any]) -> Said:
    """Fill the templates of a mail.

    Args:
        keys: the keys of the types of its events.
        context: what the templates may use.

    Raises:
        TemplateDoesNotExist: a setting names a template that there is not.
    """
    kinds = set(keys)
    if settings.EMAIL_SUBJECT:
        subject = gettext(settings.EMAIL_SUBJECT)
    else:
        subject = _filled(_chosen(settings.EMAIL_SUBJECTS, kinds) or DEFAULT_SUBJECT, context)
    return Said(subject, *bodies(_chosen(settings.EMAIL_TEMPLATES, kinds) or DEFAULT, context))


def bodies(path: str, context: dict[str, Any]) -> tuple[str, str]:
    """Return the text and the HTML of a mail.

    Args:
        path: the path of the templates without their endings. The one for HTML may be missing.
        context: what they may use.
    """
    text = _filled(f"{path}.txt", context)
    try:
        template = loader.get_template(f"{path}.html")
    except TemplateDoesNotExist:
        return text, ""
    return text, inlined(fill(template, context, escape=True))


def subject_of(path: str, context: dict[str, Any]) -> str:
    """Return a subject."""
    return _filled(path, context)


def _chosen(templates: Mapping[str, str] | None, keys: set[str]) -> str:
    """Return the template that all keys have in common; "" if there is none."""
    found = {template_of(templates, key) for key in keys}
    return found.pop() if len(found) == 1 else ""


def _filled(path: str, context: dict[str, Any]) -> str:
    return fill(loader.get_template(path), context, escape=False).strip()
