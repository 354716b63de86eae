"""Rendering: events as text and HTML, in the style of a medium."""

from __future__ import annotations

from realtime_notify.rendering.templates import render, serialised_context

__all__ = ["render", "serialised_context"]
