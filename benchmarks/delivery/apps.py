"""The app with the tables of other packages."""

from __future__ import annotations

from django.apps import AppConfig


class Rivals(AppConfig):
    """Its models are in rivals.py."""

    name = "benchmarks.delivery"
    label = "rivals"

    def import_models(self) -> None:
        """Import the models from where they are."""
        from benchmarks.delivery import rivals  # noqa: F401

        super().import_models()
