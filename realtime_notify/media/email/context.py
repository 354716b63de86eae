"""The context of the templates: what a mail tells, grouped by type group and target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString

from realtime_notify.conf import settings
from realtime_notify.links import absolute, site_host
from realtime_notify.models import Event, Level
from realtime_notify.models.profiles import label_of
from realtime_notify.rendering.templates import Rendered

MOST = 50
"""Entries that a mail shows; of more, only the number. Gmail clips a mail of 102 kB."""


_NO_HTML = SafeString("")


class Thing(NamedTuple):
    """An actor, action object or target, as it read when the event was stored."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in a mail.

    Attributes:
        event: the event.
        url: where it leads: to the redirect that marks it as read if it is in the reader's inbox.
        occurrences: how often it happened.
        text, html: what a renderer or a template file of its type says; "" without one.
        content: all that it depends on, by which an entry that was rendered is known again.
    """

    event: Event
    url: str
    occurrences: int = 1
    text: str = ""
    html: SafeString = _NO_HTML
    content: tuple[Any, ...] = ()

    @property
    def key(self) -> str:
        """The key of its type."""
        return str(self.event.type_id)

    @property
    def message(self) -> str:
        """What happened, in the reader's language."""
        return self.event.text_of("message")

    @property
    def description(self) -> str:
        """The details, in the reader's language."""
        return self.event.text_of("description")

    @property
    def level(self) -> str:
        """The level: "info", "success", "warning" or "error"."""
        return str(self.event.level)

    @property
    def level_label(self) -> str:
        """The level in words; "" if it is the usual one."""
        return "" if self.level == Level.INFO else str(Level(self.level).label)

    @property
    def created(self) -> datetime:
        """When it happened; templates show it in the reader's time zone."""
        return self.event.created

    @property
    def actor(self) -> Thing | None:
        """Who did it."""
        return _thing(self.event, "actor")

    @property
    def action_object(self) -> Thing | None:
        """What was made or changed."""
        return _thing(self.event, "action_object")

    @property
    def target(self) -> Thing | None:
        """What it is about."""
        return _thing(self.event, "target")


@dataclass(slots=True)
class Topic:
    """The entries of a section that have one target, or none."""

    target: Thing | None
    entries: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """The entries of one type group; of one type, where the type is in no group."""

    label: str
    topics: list[Topic] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many entries it has."""
        return sum(len(topic.entries) for topic in self.topics)


def entries_of(
    events: Sequence[Event],
    urls: Sequence[str],
    occurrences: Sequence[int],
    rendered: Mapping[Event, Rendered],
    contents: Sequence[tuple[Any, ...]],
) -> list[Entry]:
    """Return the entries of a mail, in the order in which the events happened."""
    nothing = Rendered("", _NO_HTML)
    return [
        Entry(event, url, times, *rendered.get(event, nothing), content)
        for event, url, times, content in zip(events, urls, occurrences, contents, strict=True)
    ]


def base_context(entries: Sequence[Entry], interval: int) -> dict[str, Any]:
    """Return what frames of mails show besides the entries; see docs/how-to/email.md.

    Args:
        entries: what it tells, at least one entry.
        interval: the interval of the digest in minutes; 0 if the mail is sent at once.
    """
    return {
        **own_context(),
        "inbox_url": absolute(reverse("realtime_notify:inbox")),
        "preferences_url": absolute(reverse("realtime_notify:preferences")),
        "interval": label_of(interval) if interval > 0 else "",
        "is_digest": len(entries) > 1,
        "count": len(entries),
        "more": max(len(entries) - MOST, 0),
        "target": _only_target(entries),
    }


def shown_context(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return the entries as templates that go through them get them."""
    shown = entries[-MOST:]
    sections = _sections(shown)
    if _only_target(entries):
        for section in sections:
            for topic in section.topics:
                topic.target = None  # the frame names it
    return {"entries": shown, "entry": shown[-1], "sections": sections}


def own_context() -> dict[str, Any]:
    """Return what the base of all mails needs, in the active language and time zone."""
    return {
        "site": settings.SITE_NAME or site_host(),
        "site_url": absolute("/"),
        "language": translation.get_language() or "",
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
        "time_zone": timezone.get_current_timezone_name(),
    }


def _thing(event: Event, role: str) -> Thing | None:
    text = getattr(event, f"{role}_text")
    return Thing(text, absolute(getattr(event, f"{role}_url"))) if text else None


def _sections(entries: Iterable[Entry]) -> list[Section]:
    sections: dict[tuple[str, str], Section] = {}
    topics: dict[tuple[Any, ...], Topic] = {}
    for entry in entries:
        event = entry.event
        group = event.type.group
        place = ("group", group.pk) if group else ("type", entry.key)
        section = sections.get(place)
        if section is None:
            section = sections[place] = Section(str(group or event.type))
        about = (*place, event.target_type_id, event.target_id or event.target_text)
        topic = topics.get(about)
        if topic is None:
            topic = topics[about] = Topic(entry.target)
            section.topics.append(topic)
        topic.entries.append(entry)
    return list(sections.values())


def _only_target(entries: Sequence[Entry]) -> Thing | None:
    """Return what all entries are about, if it is one thing."""
    places = {(entry.event.target_type_id, entry.event.target_id) for entry in entries}
    return entries[-1].target if len(places) == 1 else None
