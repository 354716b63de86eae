"""Settings of the measurements of delivery: those of the tests, with what is measured beside us."""

from __future__ import annotations

from importlib.util import find_spec

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as OURS

HAS_NYT = find_spec("django_nyt") is not None
INSTALLED_APPS = [*OURS, "benchmarks.rivals", *(["django_nyt"] if HAS_NYT else [])]
NYT_ENABLE_CHANNELS = False
LOGGING_CONFIG = None
