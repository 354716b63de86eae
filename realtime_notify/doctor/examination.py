"""The examination: every part in turn. One that cannot be looked at keeps no other from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from django.conf import settings as django_settings

from realtime_notify import conf
from realtime_notify.doctor import counters, database, layer, messages, promises, setup, site
from realtime_notify.doctor.findings import Finding, Severity, error

_EXPLAINED = "Mend what the errors above it say, and run it again."
_UNEXPLAINED = "No error above it explains that: mend what it says, and run it again."


def examine(*, url: str | None = None, repair: bool = False) -> Iterator[Finding]:
    """Look at this installation, part by part. Nothing is written, except by `repair`.

    Args:
        url: where the site is, such as "https://example.com"; None for the setting `BASE_URL`.
        repair: whether to mend wrong counters.

    Yields:
        What was found, each as soon as it is known: at least one finding for each part. Where
        the setting itself is wrong, nothing else works, and nothing else is looked at.
    """
    has_error = False
    for finding in setup.examine():
        has_error |= finding.severity is Severity.ERROR
        yield finding
    if conf.problems(getattr(django_settings, conf.NAME, {})):
        return
    parts: dict[str, Callable[[], Iterable[Finding]]] = {
        "database": database.examine,
        "layer": layer.examine,
        "promises": promises.examine,
        "messages": messages.examine,
        "site": partial(site.examine, conf.settings.BASE_URL if url is None else url),
        "counters": partial(counters.examine, repair=repair),
    }
    for name, examine_part in parts.items():
        try:
            for finding in examine_part():
                has_error |= finding.severity is Severity.ERROR
                yield finding
        except Exception as failure:
            says = f"It could not be looked at: {type(failure).__name__}: {failure}".strip()
            yield error(name, says, _EXPLAINED if has_error else _UNEXPLAINED)
            has_error = True
