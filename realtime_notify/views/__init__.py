"""The HTTP views: JSON for programs, pages for browsers without JavaScript."""

from __future__ import annotations
