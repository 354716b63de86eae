"""Our side of the comparison: the application of the project, without the heal query."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")

from asgi import application

__all__ = ["application"]
