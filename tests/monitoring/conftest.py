"""Browsers in the test's own process."""

from __future__ import annotations

from tests.sockets import browse, swift, tune

__all__ = ["browse", "swift", "tune"]
