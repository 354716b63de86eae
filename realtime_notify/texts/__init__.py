"""Texts of events: what every database stores, and what each reader gets in their own language.

A `Text` is a message id, or a template, with its parameters. An event stores it as JSON, beside the
plain text in the language of the site, and whoever shows the event has it made anew::

    notify(text(gettext_noop("%(actor)s commented on %(post)s"), actor=ann, post=post), ...)
"""

from __future__ import annotations

from realtime_notify.texts.languages import in_site_language, language, prepare
from realtime_notify.texts.messages import (
    FIELDS,
    Stored,
    Text,
    ntext,
    ptext,
    shown,
    template_text,
    text,
)
from realtime_notify.texts.storable import flaw_of

__all__ = [
    "FIELDS",
    "Stored",
    "Text",
    "flaw_of",
    "in_site_language",
    "language",
    "ntext",
    "prepare",
    "ptext",
    "shown",
    "template_text",
    "text",
]
