"""The connection that mails leave by: one of Django's e-mail backends."""

from __future__ import annotations

from typing import Any

from django.core import mail
from django.utils.module_loading import import_string

from realtime_notify.conf import settings

TIMEOUT = 30.0
"""Seconds for which a mail server may be silent, unless the project's `EMAIL_TIMEOUT` says so."""


def new_connection() -> Any:
    """Return a connection that is not open yet.

    `EMAIL_BACKEND` of ours names the path of a backend or, since Django 6.1, one of `MAILERS`.
    """
    connection = _connection()
    # By default, Django waits for ever: one server that hangs would end all mail.
    if getattr(connection, "timeout", TIMEOUT) is None:
        connection.timeout = TIMEOUT
    return connection


def _connection() -> Any:
    name = settings.EMAIL_BACKEND
    if "." in name:
        return import_string(name)()
    mailers = getattr(mail, "mailers", None)
    return mail.get_connection() if mailers is None else mailers[name or "default"]
