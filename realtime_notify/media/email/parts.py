"""Parts: entries, headings and frames of mails, each rendered once and put together anew.

Hardly two people get the same digest, but each entry of it goes to many. So a part is rendered
with slots for what differs, kept for a while, and filled for each mail.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from typing import Any, Generic, NamedTuple, TypeVar

from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString

from realtime_notify.media.email.context import Entry, Section, Topic, own_context
from realtime_notify.media.email.slots import Form, slot
from realtime_notify.media.email.templates import ENTRY, SECTION, TOPIC, html_part, text_part

KEPT_SECONDS = 60.0
"""How long a part is kept: the objects that templates show may change, and so may the templates."""
MOST = 4096
"""How many parts are kept; an entry takes about 3 kB."""

V = TypeVar("V")
Render = Callable[[Sequence[str]], str]


class Body(NamedTuple):
    """The body of a mail, or a part of it."""

    text: str
    html: SafeString


class Kept(Generic[V]):
    """Values that are made once, and again after a while.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[Any, tuple[float, V]] = {}

    def get(self, key: Any, make: Callable[[], V]) -> V:
        """Return the value of a key; make it if it is missing or too old."""
        found = self._values.get(key)
        now = time.monotonic()
        if found is not None and found[0] > now:
            return found[1]
        value = make()
        self._values.pop(key, None)
        if len(self._values) >= self._most:
            del self._values[next(iter(self._values))]  # the oldest
        self._values[key] = (now + KEPT_SECONDS, value)
        return value


class Watched:
    """Values for templates, and whether one of them has been looked at.

    Args:
        values: functions that return the values, by the names that templates use.
    """

    def __init__(self, **values: Callable[[], Any]) -> None:
        self.is_used = False
        self.values = {name: SimpleLazyObject(self._look(get)) for name, get in values.items()}

    def _look(self, get: Callable[[], Any]) -> Callable[[], Any]:
        def look() -> Any:
            self.is_used = True
            return get()

        return look


class Parts:
    """The parts of one worker's mails. Used by one thread."""

    def __init__(self) -> None:
        self._forms: Kept[Form | None] = Kept(MOST)

    def filled(
        self,
        key: tuple[Any, ...],
        render: Render,
        values: Sequence[str],
        *,
        unless: Watched | None = None,
    ) -> str:
        """Return a text, which is rendered only if it is not kept.

        Args:
            key: all that it depends on besides the values.
            render: renders it with values, or with slots in place of them.
            values: what differs from one time to the next.
            unless: what a text must not have looked at to be kept.
        """
        given = tuple(map(bool, values))
        form = self._forms.get((*key, given), lambda: _form(render, given, unless))
        return render(values) if form is None else form.filled(values)

    def body(self, sections: Sequence[Section], place: tuple[str, str]) -> Body:
        """Return the headings and entries of a digest.

        Args:
            sections: the entries.
            place: the language and the time zone, which are active.
        """
        lines: list[str] = []
        html: list[str] = []

        def add(part: Body, *, blank: int = 1) -> None:
            lines.extend([*[""] * blank, part.text])
            html.append(part.html)

        for section in sections:
            add(self._section(section, place), blank=2)
            for topic in section.topics:
                if topic.target is not None:
                    add(self._topic(topic, place))
                for entry in topic.entries:
                    add(self.entry(entry, place, is_alone=False))
        return Body("\n".join(lines).strip("\n"), SafeString("\n".join(html)))

    def entry(self, entry: Entry, place: tuple[str, str], *, is_alone: bool) -> Body:
        """Return an entry of a mail."""

        def context(url: str) -> dict[str, Any]:
            return {**own_context(), "entry": replace(entry, url=url), "is_alone": is_alone}

        key = (ENTRY, *place, is_alone, entry.text, entry.html, entry.content)
        return self._part(ENTRY, key, context, entry.url)

    def _section(self, section: Section, place: tuple[str, str]) -> Body:
        key = (SECTION, *place, section.label, section.count)
        return self._part(SECTION, key, lambda _: {"section": section})

    def _topic(self, topic: Topic, place: tuple[str, str]) -> Body:
        key = (TOPIC, *place, topic.target, len(topic.entries))
        return self._part(TOPIC, key, lambda _: {"topic": topic})

    def _part(
        self,
        path: str,
        key: tuple[Any, ...],
        context: Callable[[str], dict[str, Any]],
        url: str = "",
    ) -> Body:
        text = self.filled(("text", *key), lambda urls: text_part(path, context(urls[0])), [url])
        html = self.filled(
            ("html", *key), lambda urls: html_part(path, context(urls[0])), [safe(url)]
        )
        return Body(text, SafeString(html))


def safe(value: str) -> SafeString:
    """Return a value as HTML."""
    return value if isinstance(value, SafeString) else SafeString(escape(value))


def _form(render: Render, given: Sequence[bool], unless: Watched | None) -> Form | None:
    """Render a text with slots; None if it has to be rendered with the values themselves."""
    slots = [SafeString(slot(number)) if is_there else "" for number, is_there in enumerate(given)]
    form = Form(render(slots))
    return form if form.is_whole and not (unless and unless.is_used) else None
