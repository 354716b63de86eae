"""Notifications in human-readable form: as a sentence, with their age."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.humanize.templatetags import humanize
from django.utils import dateformat, timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, npgettext_lazy

from realtime_notify.texts import Text, text

if TYPE_CHECKING:
    from realtime_notify.models.events import Event

# Many languages inflect a duration before "ago": German has "2 Tage", but "vor 2 Tagen". Django
# translates the inflected forms in django.contrib.humanize only, which need not be installed.
AGO: dict[str, Any] = {
    "year": npgettext_lazy("ago", "%(num)d year", "%(num)d years", "num"),
    "month": npgettext_lazy("ago", "%(num)d month", "%(num)d months", "num"),
    "week": npgettext_lazy("ago", "%(num)d week", "%(num)d weeks", "num"),
    "day": npgettext_lazy("ago", "%(num)d day", "%(num)d days", "num"),
    "hour": npgettext_lazy("ago", "%(num)d hour", "%(num)d hours", "num"),
    "minute": npgettext_lazy("ago", "%(num)d minute", "%(num)d minutes", "num"),
}


def ago(moment: datetime, now: datetime | None = None) -> str:
    """Return the age of a moment, such as "2 hours, 5 minutes ago"."""
    return _("%(age)s ago") % {"age": timesince(moment, now, time_strings=AGO)}


def sentence(actor: object, verb: object, action_object: object = "", target: object = "") -> str:
    """Compose a sentence such as "Bob wrote a comment on a post".

    It has one of four forms: "Bob commented", "Bob commented on a post", "Bob wrote a comment"
    and, with both objects, "Bob wrote a comment on a post".
    """
    words = {"actor": actor, "verb": verb, "action_object": action_object, "target": target}
    return _(_form(action_object, target)) % words


def sentence_text(actor: str, verb: Text, action_object: str = "", target: str = "") -> Text:
    """Compose the same sentence for each reader, of a verb that is translated."""
    words = {"actor": actor, "verb": verb, "action_object": action_object, "target": target}
    return text(_form(action_object, target), **words)


def _form(action_object: object, target: object) -> str:
    """Return the message id of a sentence with these objects."""
    if action_object and target:
        return gettext_noop("%(actor)s %(verb)s %(action_object)s on %(target)s")
    if target:
        return gettext_noop("%(actor)s %(verb)s %(target)s")
    if action_object:
        return gettext_noop("%(actor)s %(verb)s %(action_object)s")
    return gettext_noop("%(actor)s %(verb)s")


class HumanReadableMixin:
    """Human-readable forms of a notification; no method queries once `event` is loaded."""

    if TYPE_CHECKING:
        event: Any

    def sentence(self) -> str:
        """Return a sentence with its age; the message if the event has no verb or no actor."""
        event: Event = self.event
        if not (event.verb and event.actor_text):
            return event.text_of("message")
        verb = event.text_of("verb")
        what = sentence(event.actor_text, verb, event.action_object_text, event.target_text)
        age = timesince(self.event.created, time_strings=AGO)
        return _("%(sentence)s %(age)s ago") % {"sentence": what, "age": age}

    def timesince(self, now: datetime | None = None) -> str:
        """Return how long ago it happened, such as "2 hours, 5 minutes"."""
        return timesince(self.event.created, now)

    def naturalday(self) -> str:
        """Return the day it happened: "today", "yesterday", or the date."""
        return str(humanize.naturalday(self._when()))

    def naturaltime(self) -> str:
        """Return how long ago it happened, such as "now" or "5 minutes ago"."""
        return str(humanize.naturaltime(self.event.created))

    def get_timesince(self, now: datetime | None = None) -> str:
        """Return its age; after a day its date, with the year if that is another one."""
        moment = timezone.now() if now is None else now
        if moment - self.event.created <= timedelta(days=1):
            return ago(self.event.created, moment)
        when = self._when()
        this_year = _local(moment).year
        return dateformat.format(when, "d F" if when.year == this_year else "d F Y")

    def _when(self) -> datetime:
        return _local(self.event.created)


def _local(moment: datetime) -> datetime:
    """Convert a moment to the current time zone, by which days and years are counted."""
    return moment if timezone.is_naive(moment) else timezone.localtime(moment)
