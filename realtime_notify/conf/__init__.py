"""The settings: one dictionary, `REALTIME_NOTIFY`, read through one typed class.

Every attribute of `Settings` can be overridden by an entry of the same name::

    REALTIME_NOTIFY = {"PAGE_SIZE": 50}

All other modules read these settings from here.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed

from realtime_notify.conf.entries import Settings
from realtime_notify.conf.mistakes import MAX_AGE_DAYS, NAME, RETENTION_RULES, problems
from realtime_notify.exceptions import InvalidSetting

__all__ = ["MAX_AGE_DAYS", "NAME", "RETENTION_RULES", "Settings", "problems", "settings"]


class _CurrentSettings:
    """The current settings, cached until Django's `setting_changed` signal."""

    def __init__(self) -> None:
        self._current: Settings | None = None

    def __getattr__(self, name: str) -> Any:
        if self._current is None:
            self._current = self._load()
        return getattr(self._current, name)

    def forget(self, *, setting: str, **kwargs: object) -> None:
        """Drop the cached settings when a test overrides them. Receiver of `setting_changed`."""
        if setting == NAME:
            self._current = None

    @staticmethod
    def _load() -> Settings:
        given = getattr(django_settings, NAME, {})
        if wrong := problems(given):
            raise InvalidSetting(" ".join(wrong))
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in given.items()
        }
        return Settings(**values)


_current = _CurrentSettings()
setting_changed.connect(_current.forget, dispatch_uid="realtime_notify.conf")

# Typed as Settings, so that type checkers report a misspelt setting.
settings: Settings = _current  # type: ignore[assignment]
