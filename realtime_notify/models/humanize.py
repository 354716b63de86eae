"""How a notification reads: as a sentence, and how long ago it happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.humanize.templatetags import humanize
from django.utils import dateformat, timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import npgettext_lazy

if TYPE_CHECKING:
    from realtime_notify.models.events import Event

# Many languages inflect what stands with "ago": "2 Tage", but "vor 2 Tagen". Django's own forms
# of it belong to django.contrib.humanize, which need not be installed.
AGO: dict[str, Any] = {
    "year": npgettext_lazy("ago", "%(num)d year", "%(num)d years", "num"),
    "month": npgettext_lazy("ago", "%(num)d month", "%(num)d months", "num"),
    "week": npgettext_lazy("ago", "%(num)d week", "%(num)d weeks", "num"),
    "day": npgettext_lazy("ago", "%(num)d day", "%(num)d days", "num"),
    "hour": npgettext_lazy("ago", "%(num)d hour", "%(num)d hours", "num"),
    "minute": npgettext_lazy("ago", "%(num)d minute", "%(num)d minutes", "num"),
}


def ago(moment: datetime, now: datetime | None = None) -> str:
    """Say how long ago a moment was: "2 hours, 5 minutes ago"."""
    return _("%(age)s ago") % {"age": timesince(moment, now, time_strings=AGO)}


def sentence(actor: object, verb: object, action_object: object = "", target: object = "") -> str:
    """Say who did what with what, and where.

    It reads in one of four forms: "Bob commented", "Bob commented on a post", "Bob wrote a
    comment" and, with both objects, "Bob wrote a comment on a post".
    """
    words = {"actor": actor, "verb": verb, "action_object": action_object, "target": target}
    if action_object and target:
        return _("%(actor)s %(verb)s %(action_object)s on %(target)s") % words
    if target:
        return _("%(actor)s %(verb)s %(target)s") % words
    if action_object:
        return _("%(actor)s %(verb)s %(action_object)s") % words
    return _("%(actor)s %(verb)s") % words


class HumanReadableMixin:
    """What a notification says of itself. Nothing here queries once the event is at hand."""

    if TYPE_CHECKING:
        event: Any

    def sentence(self) -> str:
        """Return who did what how long ago, or the message where no verb says so."""
        event: Event = self.event
        if not (event.verb and event.actor_text):
            return event.message
        said = sentence(event.actor_text, event.verb, event.action_object_text, event.target_text)
        age = timesince(self.event.created, time_strings=AGO)
        return _("%(sentence)s %(age)s ago") % {"sentence": said, "age": age}

    def timesince(self, now: datetime | None = None) -> str:
        """Return how long ago it happened, such as "2 hours, 5 minutes"."""
        return timesince(self.event.created, now)

    def naturalday(self) -> str:
        """Return the day it happened: "today", "yesterday", or the date."""
        return str(humanize.naturalday(self._when()))

    def naturaltime(self) -> str:
        """Return how long ago it happened, in words: "now", "5 minutes ago"."""
        return str(humanize.naturaltime(self.event.created))

    def get_timesince(self, now: datetime | None = None) -> str:
        """Return how long ago it happened; after a day its date, with the year of another year."""
        moment = timezone.now() if now is None else now
        if moment - self.event.created <= timedelta(days=1):
            return ago(self.event.created, moment)
        when = self._when()
        this_year = _local(moment).year
        return dateformat.format(when, "d F" if when.year == this_year else "d F Y")

    def _when(self) -> datetime:
        return _local(self.event.created)


def _local(moment: datetime) -> datetime:
    """Return a moment on the clock of the place; days begin there, not in Greenwich."""
    return moment if timezone.is_naive(moment) else timezone.localtime(moment)
