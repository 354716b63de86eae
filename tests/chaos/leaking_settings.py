"""Settings of a town whose servers leak when they are asked to."""

from __future__ import annotations

from chaos.settings import *  # noqa: F403

ROOT_URLCONF = "tests.chaos.leaking_urls"
