"""Browsers in the test's own process."""

from __future__ import annotations

from tests.sockets import browse

__all__ = ["browse"]
