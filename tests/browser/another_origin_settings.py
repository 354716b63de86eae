"""Settings of a site that an app on another origin uses with cookies: those of the recipe."""

from __future__ import annotations

import os

from tests.browser.settings import *  # noqa: F403
from tests.pages import labelled

ROOT_URLCONF = "tests.browser.another_origin_urls"
exec(labelled("another-origin-settings").replace("https://app.example.com", os.environ["APP"]))
