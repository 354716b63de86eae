"""Settings of the servers under attack: those of the tests, with every warning in the log."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

from django.core.signals import got_request_exception

from tests.settings import *  # noqa: F403

ALLOWED_HOSTS = ["127.0.0.1"]
NO_LIMITS: dict[str, Any] = {
    "FRAME_RATE": 1e9,
    "FRAME_BURST": 1_000_000,
    "FRAMES_PER_MINUTE": 0,
    "REQUESTS_PER_MINUTE": 0,
    "ANSWER_BYTES_PER_MINUTE": 0,
    "MAX_CONNECTIONS_PER_USER": 1000,
}
"""So that everything hostile is parsed, and not refused before."""

REALTIME_NOTIFY = {
    "METRICS_TOKEN": "of-the-benchmark-and-no-secret",
    **(NO_LIMITS if os.environ.get("HOSTILE_LIMITS") == "off" else {}),
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {
        "console": {"class": "logging.StreamHandler"},
        "null": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        # Each request with a wrong host, with a traceback: Django's documentation mutes it so.
        "django.security.DisallowedHost": {"handlers": ["null"], "propagate": False},
        # A line for each 404.
        "django.request": {"level": "ERROR"},
        "django.security.csrf": {"level": "ERROR"},
    },
}


def _log(**kwargs: object) -> None:
    logging.getLogger("hostile").error("A request raised.", exc_info=sys.exc_info())


# Django does not log what its own pages of errors raise.
got_request_exception.connect(_log, dispatch_uid="hostile")
