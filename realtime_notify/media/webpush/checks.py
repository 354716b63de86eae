"""System checks of Web Push: its packages, its key, and how push services reach the site's owner.

`AppConfig.ready` imports this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, register

from realtime_notify import conf
from realtime_notify.media.webpush import vapid


@register("realtime_notify")
def check_webpush(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Report what Web Push lacks where `MEDIA` lists it, and keys that are none."""
    given = getattr(django_settings, conf.NAME, {})
    if conf.problems(given) or "webpush" not in given.get("MEDIA", ()):
        return []
    if not vapid.is_installed():
        return [
            Error(
                f"{conf.NAME}['MEDIA'] has 'webpush', and pywebpush is not installed.",
                hint=vapid.INSTALL,
                id="realtime_notify.E011",
            )
        ]
    key, subject = given.get("VAPID_PRIVATE_KEY", ""), given.get("VAPID_SUBJECT", "")
    found: list[CheckMessage] = []
    if not key or vapid.problem_of_key(key):
        flaw = f"is no key: it {vapid.problem_of_key(key)}" if key else "is not set"
        found.append(
            Error(
                f"{conf.NAME}['MEDIA'] has 'webpush', and VAPID_PRIVATE_KEY {flaw}.",
                hint="Run `manage.py notify_vapid` once, and keep what it prints in the settings.",
                id="realtime_notify.E012",
            )
        )
    if not vapid.is_subject(subject):
        flaw = f"is {subject!r}, at which nobody can be reached" if subject else "is not set"
        found.append(
            Error(
                f"{conf.NAME}['MEDIA'] has 'webpush', and VAPID_SUBJECT {flaw}.",
                hint="Set it to 'mailto:' and an address that you read, or to an https URL.",
                id="realtime_notify.E013",
            )
        )
    return found
