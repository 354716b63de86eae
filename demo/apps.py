"""The demo as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo site: pages, static files and the `demo` command."""

    name = "demo"
    verbose_name = "Demo"
