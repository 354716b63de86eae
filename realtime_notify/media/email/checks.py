"""System checks of the medium "email"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.utils import parseaddr
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Info, Warning, register
from django.template import TemplateDoesNotExist, loader

from realtime_notify import conf
from realtime_notify.media.email.connection import new_connection
from realtime_notify.media.email.headers import is_address, sender
from realtime_notify.models.media import EMAIL

TAG = "realtime_notify"
_DJANGOS_SENDER = "webmaster@localhost"


@register(TAG)
def check_email(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Report what mails lack where `MEDIA` lists "email"."""
    if conf.problems(getattr(django_settings, conf.NAME, {})) or EMAIL not in conf.settings.MEDIA:
        return []
    return [
        *_check_base_url(),
        *_check_sender(),
        *_check_backend(),
        *_check_templates(),
        *_check_inliner(),
    ]


def _check_base_url() -> Iterator[CheckMessage]:
    if not conf.settings.BASE_URL:
        yield Error(
            f"{conf.NAME}['MEDIA'] has 'email', and BASE_URL is not set: links in mails would lead "
            "nowhere.",
            hint=f"Set {conf.NAME}['BASE_URL'] to the address of the site, such as "
            "'https://example.com'.",
            id="realtime_notify.E014",
        )


def _check_sender() -> Iterator[CheckMessage]:
    _name, address = parseaddr(sender())
    if not is_address(address):
        yield Error(
            f"Mails are sent by {sender()!r}, which is no e-mail address.",
            hint=f"Set {conf.NAME}['EMAIL_FROM'], or DEFAULT_FROM_EMAIL, to an address such as "
            "'Example <hello@example.com>'.",
            id="realtime_notify.E016",
        )
    elif address == _DJANGOS_SENDER and not django_settings.DEBUG:
        yield Warning(
            f"Mails are sent by {address!r}, Django's default, which mail servers refuse.",
            hint=f"Set DEFAULT_FROM_EMAIL, or {conf.NAME}['EMAIL_FROM'], to an address of yours.",
            id="realtime_notify.W009",
        )


def _check_backend() -> Iterator[CheckMessage]:
    try:
        new_connection()
    except Exception as error:
        yield Error(
            f"There is no connection that mails could leave by: {error}",
            hint=f"Correct {conf.NAME}['EMAIL_BACKEND'], or Django's EMAIL_BACKEND: the path of an "
            "e-mail backend, such as 'django.core.mail.backends.smtp.EmailBackend'.",
            id="realtime_notify.E017",
        )


def _check_templates() -> Iterator[CheckMessage]:
    for name, ending in (("EMAIL_TEMPLATES", ".txt"), ("EMAIL_SUBJECTS", "")):
        for path in (getattr(conf.settings, name) or {}).values():
            try:
                loader.get_template(f"{path}{ending}")
            except TemplateDoesNotExist:
                yield Error(
                    f"{conf.NAME}[{name!r}] names {path!r}, and there is no template "
                    f"'{path}{ending}'.",
                    hint="Create it, or correct the path.",
                    id="realtime_notify.E015",
                )


def _check_inliner() -> Iterator[CheckMessage]:
    if not find_spec("css_inline"):
        yield Info(
            "css-inline is not installed: the styles of mails stay in a style element, which some "
            "mail programs drop.",
            hint="Run: pip install 'realtime-notify[mail]'",
            id="realtime_notify.I002",
        )
