"""System checks of the media: those that the setting lists, and those that types name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, router
from django.utils.module_loading import import_string

from realtime_notify import conf
from realtime_notify.conf.media import BUILT_IN
from realtime_notify.models import Medium, NotificationType
from realtime_notify.models.media import INBOX
from realtime_notify.outbox import MediumBackend

EXTRAS = {"email": "mail", "webpush": "webpush"}
"""The extras of our distribution that media need, by the name of the medium."""


@register("realtime_notify")
def check_media(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Report entries of `MEDIA` that cannot be imported, or are no media."""
    if conf.problems(getattr(django_settings, conf.NAME, {})):
        return []  # check_settings() reports them
    found: list[CheckMessage] = []
    names: set[str] = {INBOX}
    for entry in conf.settings.MEDIA:
        flaw, name = _flaw_of(entry, names)
        names.add(name)
        if flaw:
            found.append(
                Error(
                    f"{conf.NAME}['MEDIA'] lists {entry!r}, which {flaw}",
                    hint=_hint_for(entry, name),
                    id="realtime_notify.E007",
                )
            )
    return found


def _hint_for(entry: str, name: str) -> str:
    """Return what to do about an entry with a flaw."""
    if entry == INBOX:
        return f"Remove {INBOX!r}: the inbox needs no entry. MEDIA lists what else reaches people."
    if name:
        return "List each medium once; a medium of your own needs a name that no other one has."
    if entry in EXTRAS:
        return f"Run: pip install 'realtime-notify[{EXTRAS[entry]}]'"
    return f"List {', '.join(map(repr, BUILT_IN))}, or the dotted path of a MediumBackend."


def _flaw_of(entry: str, taken: Iterable[str]) -> tuple[str, str]:
    """Return why an entry is none, as the end of a sentence, and its name; "" if it has none."""
    if entry == INBOX:
        return "is there always.", ""
    try:
        backend = import_string(BUILT_IN.get(entry, entry))
    except ImportError as error:
        return f"cannot be imported: {error}", ""
    if not (isinstance(backend, type) and issubclass(backend, MediumBackend)):
        return "is not a subclass of MediumBackend.", ""
    name = getattr(backend, "name", "")
    if not isinstance(name, str) or not name:
        return "has no name; give its class one, such as name = 'sms'.", ""
    if name in taken:
        return f"is a second medium of the name {name!r}.", name
    return "", name


@register(Tags.database)
def check_media_of_types(
    app_configs: Sequence[AppConfig] | None, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn of types that name a medium which does not exist: they reach nobody by it."""
    if router.db_for_write(NotificationType) not in (databases or ()):
        return []
    if conf.problems(getattr(django_settings, conf.NAME, {})) or check_media(None):
        return []
    try:
        known = {INBOX, *conf.media.classes(), *Medium.objects.values_list("pk", flat=True)}
        types = list(NotificationType.objects.exclude(media=None).values_list("key", "media"))
    except DatabaseError:
        return []  # not migrated yet
    return [
        Warning(
            f"The notification type {key!r} names the medium {name!r}, which does not exist.",
            hint=f"Correct the type's media, or add the medium to {conf.NAME}['MEDIA']. There are: "
            f"{', '.join(sorted(known))}.",
            id="realtime_notify.W008",
        )
        for key, media in sorted(types)
        for name in media or ()
        if name not in known
    ]
