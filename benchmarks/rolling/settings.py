"""Settings of the servers that are restarted: those of the tests, and a page with a bell."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import MIDDLEWARE

ROOT_URLCONF = "tests.browser.urls"
MIDDLEWARE += ["django.middleware.locale.LocaleMiddleware"]
