"""The elements as HTML, for template tags, Jinja2, views and hooks: safe strings."""

from __future__ import annotations

from realtime_notify.elements.alerts import alerts
from realtime_notify.elements.bell import bell
from realtime_notify.elements.inbox_list import inbox_list
from realtime_notify.elements.push import push
from realtime_notify.elements.scripts import scripts
from realtime_notify.elements.toasts import toasts

__all__ = ["alerts", "bell", "inbox_list", "push", "scripts", "toasts"]
