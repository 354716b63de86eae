"""Letters: what mails say, made once for all who are told the same in the same language.

A letter is the same for everybody but for its links, which are slots. A template that looks at the
reader (`user`, `unread`), or that encodes a link, makes a letter for each reader instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from html import escape
from operator import attrgetter
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from realtime_notify.conf import settings
from realtime_notify.links import absolute
from realtime_notify.media.email.context import entries_of, shared_context
from realtime_notify.media.email.slots import Form, slot
from realtime_notify.media.email.templates import Said, say
from realtime_notify.models import Event, Medium
from realtime_notify.models.media import EMAIL
from realtime_notify.outbox import Message
from realtime_notify.rendering import render_known
from realtime_notify.rendering.templates import Rendered

KEPT = 256
"""How many letters are kept; one takes up to 200 kB."""
KEPT_SECONDS = 60.0
"""How long: the objects that templates show may change, and so may the templates."""

_SOME_PK = 9_007_199_254_740_881
_ROLES = ("actor", "action_object", "target")
_content = attrgetter(
    *("pk", "type_id", "level", "message", "description", "url", "verb", "created"),
    *(f"{role}_{part}" for role in _ROLES for part in ("type_id", "id", "text", "url")),
)


class Letter(NamedTuple):
    """A letter with slots: the unsubscribe URL, then the URL of each event.

    Attributes:
        said: the subject, the text and the HTML; None if it has to be made for each reader.
        go: what comes before and after the primary key in the URL of a notification.
        until: when it is too old, on the clock of `time.monotonic()`.
    """

    said: tuple[Form, Form, Form] | None
    go: tuple[str, str]
    until: float


class Letters:
    """The letters of one worker. Used by one thread."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Any, ...], Letter] = {}

    def said_to(self, message: Message, unsubscribe_url: str, reading: Callable[[], Any]) -> Said:
        """Return what the mail for a message says.

        Args:
            message: the message.
            unsubscribe_url: the absolute URL that ends it; "" if there is none.
            reading: returns a context manager that activates the reader's language and time zone.
        """
        key = _key_of(message, unsubscribe_url)
        letter = self._kept.get(key)
        if letter is None or letter.until < time.monotonic():
            self._kept.pop(key, None)
            with reading():
                letter = _write(message, unsubscribe_url)
            self._keep(key, letter)
        values = [unsubscribe_url, *_urls(message, letter.go)]
        if letter.said is None:
            with reading():
                return _say(message, values, _Watched(message))
        subject, text, html = letter.said
        return Said(
            subject.filled(values),
            text.filled(values),
            html.filled([escape(url) for url in values]),
        )

    def _keep(self, key: tuple[Any, ...], letter: Letter) -> None:
        if len(self._kept) >= KEPT:
            del self._kept[next(iter(self._kept))]  # the oldest
        self._kept[key] = letter


class _Watched:
    """What is the reader's own, and whether a template has looked at it."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self.is_used = False

    def values(self) -> dict[str, Any]:
        """Return the names that templates may use."""
        names = ("unread",) if self._message.user is None else ("user", "unread")
        lazy = {name: SimpleLazyObject(lambda name=name: self._look(name)) for name in names}  # type: ignore[misc]
        return {"user": None, **lazy}

    def _look(self, name: str) -> Any:
        self.is_used = True
        return getattr(self._message, name)


def _key_of(message: Message, unsubscribe_url: str) -> tuple[Any, ...]:
    """Return all that a letter depends on."""
    return (
        message.reader.language,
        message.reader.time_zone,
        message.interval,
        message.user is None,
        unsubscribe_url == "",
        *(
            (
                *_content(item.event),
                repr(item.event.data),
                repr(item.event.texts),
                item.notification and item.notification.occurrences,
            )
            for item in message.items
        ),
    )


def _write(message: Message, unsubscribe_url: str) -> Letter:
    """Return the letter for everybody who gets such a message, in the active language."""
    before, _, after = reverse("realtime_notify:go", args=[_SOME_PK]).partition(str(_SOME_PK))
    go = (absolute(before), after)
    watched = _Watched(message)
    slots = [slot(number) for number in range(len(message.items) + 1)]
    if not unsubscribe_url:
        slots[0] = ""
    urls = [place if url else "" for place, url in zip(slots[1:], _urls(message, go), strict=True)]
    said = _say(message, [slots[0], *urls], watched)
    forms = (Form(said.subject), Form(said.text), Form(said.html))
    is_shared = not watched.is_used and all(form.is_whole for form in forms)
    return Letter(forms if is_shared else None, go, time.monotonic() + KEPT_SECONDS)


def _say(message: Message, values: Sequence[str], watched: _Watched) -> Said:
    events = [item.event for item in message.items]
    times = [item.notification.occurrences if item.notification else 1 for item in message.items]
    entries = entries_of(events, values[1:], times, _rendered(events))
    context = shared_context(entries, message.interval)
    own = {"unsubscribe_url": values[0], **watched.values()}
    return say((event.type_id for event in events), {**context, **own})


def _urls(message: Message, go: tuple[str, str]) -> list[str]:
    """Return where each event leads: to the redirect that marks it as read, if it can."""
    before, after = go
    return [
        f"{before}{item.notification.pk}{after}" if item.notification else absolute(item.event.url)
        for item in message.items
    ]


def _rendered(events: Sequence[Event]) -> dict[Event, Rendered]:
    """Return those events that have a renderer of the medium, or a template file."""
    medium = Medium.objects.filter(pk=EMAIL).first() or Medium(name=EMAIL)
    files = settings.TEXT_TEMPLATES or settings.HTML_TEMPLATES
    if not (files or settings.RENDERING_STYLE or medium.rendering_style_id):
        return {}
    return render_known(events, medium)
