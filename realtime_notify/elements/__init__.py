"""The elements as HTML, for template tags, Jinja2, views and hooks: safe strings."""

from __future__ import annotations

from realtime_notify.elements.bell import bell
from realtime_notify.elements.push import push
from realtime_notify.elements.scripts import scripts

__all__ = ["bell", "push", "scripts"]
