"""Rendering: events as text and HTML, in the style of a medium."""

from __future__ import annotations

from realtime_notify.rendering.templates import (
    fill,
    render,
    render_known,
    serialised_context,
    template_of,
)

__all__ = ["fill", "render", "render_known", "serialised_context", "template_of"]
