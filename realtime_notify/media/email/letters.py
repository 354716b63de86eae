"""Letters: what mails say, made once for all who are told the same in the same language.

A letter is the same for everybody but for its links, which are slots. A template that looks at the
reader (`user`, `unread`, `subscriptions`), or that cuts or encodes a link, makes a letter for each
reader instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext

from realtime_notify.conf import settings
from realtime_notify.links import absolute
from realtime_notify.media.email.context import Entry, base_context, entries_of, shown_context
from realtime_notify.media.email.headers import one_line
from realtime_notify.media.email.parts import Body, Kept, Parts, Watched, safe
from realtime_notify.media.email.slots import Form, slot
from realtime_notify.media.email.templates import Said, html_of, templates_of, text_of
from realtime_notify.models import Event, Medium, Subscription
from realtime_notify.models.media import EMAIL
from realtime_notify.outbox import Message
from realtime_notify.rendering import render_known
from realtime_notify.rendering.templates import Rendered

MOST = 256
"""How many letters are kept; one takes up to 200 kB."""
FRAME = ("subject", "preview", "message", "url", "unsubscribe_url", "body")
"""What a frame gets that differs from one mail to the next."""

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
    """

    said: tuple[Form, Form, Form] | None
    go: tuple[str, str]


class Letters:
    """The letters of one worker. Used by one thread."""

    def __init__(self) -> None:
        self._letters: Kept[Letter] = Kept(MOST)
        self._media: Kept[Medium] = Kept(1)
        self._parts = Parts()

    def said_to(self, message: Message, unsubscribe_url: str, reading: Callable[[], Any]) -> Said:
        """Return what the mail for a message says.

        Args:
            message: the message.
            unsubscribe_url: the absolute URL that ends it; "" if there is none.
            reading: returns a context manager that activates the reader's language and time zone.
        """
        content = tuple(map(_content_of, message.items))
        reader = message.reader
        key = (
            *(reader.language, reader.time_zone, message.interval, message.user is None),
            *(unsubscribe_url == "", content),
        )

        def write() -> Letter:
            with reading():
                return self._write(message, unsubscribe_url, content)

        letter = self._letters.get(key, write)
        values = [unsubscribe_url, *_urls(message, letter.go)]
        if letter.said is None:
            with reading():
                return self._say(message, values, content, _watch(message))
        subject, text, html = letter.said
        return Said(
            subject.filled(values), text.filled(values), html.filled([safe(url) for url in values])
        )

    def _write(self, message: Message, unsubscribe_url: str, content: Sequence[Any]) -> Letter:
        """Return the letter for everybody who gets such a message, in the active language."""
        before, _, after = reverse("realtime_notify:go", args=[_SOME_PK]).partition(str(_SOME_PK))
        go = (absolute(before), after)
        values = [unsubscribe_url, *_urls(message, go)]
        slots = [slot(number) if value else "" for number, value in enumerate(values)]
        watched = _watch(message)
        said = self._say(message, slots, content, watched)
        forms = (Form(said.subject), Form(said.text), Form(said.html))
        is_shared = not watched.is_used and all(form.is_whole for form in forms)
        return Letter(forms if is_shared else None, go)

    def _say(
        self, message: Message, values: Sequence[str], content: Sequence[Any], watched: Watched
    ) -> Said:
        events = [item.event for item in message.items]
        times = [one.notification.occurrences if one.notification else 1 for one in message.items]
        entries = entries_of(events, values[1:], times, self._rendered(events), content)
        shown = shown_context(entries)
        body = self._body(entries, shown["sections"], message)
        base = {**base_context(entries, message.interval), "user": None}
        # A frame that goes through the entries is a frame of these entries alone.
        listed = Watched(**{name: partial(shown.get, name) for name in shown})
        place = (message.reader.language, message.reader.time_zone, message.user is None)
        facts = tuple(base[name] for name in ("is_digest", "count", "more", "interval", "target"))
        chosen = templates_of({event.type_id for event in events})

        def frame(path: str, render: Any, names: Sequence[str], given: Sequence[str]) -> str:
            def rendered(values: Sequence[str]) -> str:
                own = dict(zip(names, values, strict=True))
                return str(render(path, {**base, **listed.values, **watched.values, **own}))

            either = _Either(listed, watched)
            return self._parts.filled((path, *place, *facts), rendered, given, unless=either)

        url = "" if base["is_digest"] else values[-1]
        told = [one_line(entry.message) for entry in entries[-len(shown["entries"]) :]]
        subject = gettext(settings.EMAIL_SUBJECT) if settings.EMAIL_SUBJECT else ""
        subject = subject or frame(chosen.subject, text_of, ("message",), [entries[-1].message])
        given = (subject, " · ".join(told), entries[-1].message, url, values[0])
        text = frame(f"{chosen.mail}.txt", text_of, FRAME, [*given, body.text])
        html = frame(
            f"{chosen.mail}.html", html_of, FRAME, [*(safe(value) for value in given), body.html]
        )
        return Said(subject, text, html)

    def _body(self, entries: Sequence[Entry], sections: Any, message: Message) -> Body:
        place = (message.reader.language, message.reader.time_zone)
        if len(entries) == 1:
            return self._parts.entry(entries[0], place, is_alone=True)
        return self._parts.body(sections, place)

    def _rendered(self, events: Sequence[Event]) -> dict[Event, Rendered]:
        """Return those events that have a renderer of the medium, or a template file."""
        medium = self._media.get(EMAIL, _medium)
        files = settings.TEXT_TEMPLATES or settings.HTML_TEMPLATES
        if not (files or settings.RENDERING_STYLE or medium.rendering_style_id):
            return {}
        return render_known(events, medium)


class _Either(Watched):
    """Whether any of several values have been looked at."""

    def __init__(self, *several: Watched) -> None:
        self._several = several

    @property
    def is_used(self) -> bool:  # type: ignore[override]
        return any(watched.is_used for watched in self._several)


def _watch(message: Message) -> Watched:
    """Return what is the reader's own."""
    names = ("unread",) if message.user is None else ("user", "unread")
    own = {name: partial(getattr, message, name) for name in names}
    return Watched(**own, subscriptions=partial(_subscriptions, message))


def _subscriptions(message: Message) -> list[Subscription]:
    """Return the reader's own subscriptions that brought the events, each once."""
    found = {one.pk: one for item in message.items if (one := item.subscription) is not None}
    return list(found.values())


def _content_of(item: Any) -> tuple[Any, ...]:
    """Return all that an entry depends on."""
    event = item.event
    times = item.notification and item.notification.occurrences
    return (*_content(event), repr(event.data), repr(event.texts), times)


def _urls(message: Message, go: tuple[str, str]) -> list[str]:
    """Return where each event leads: to the redirect that marks it as read, if it can."""
    before, after = go
    return [
        f"{before}{item.notification.pk}{after}" if item.notification else absolute(item.event.url)
        for item in message.items
    ]


def _medium() -> Medium:
    return Medium.objects.filter(pk=EMAIL).first() or Medium(name=EMAIL)
