"""Notifiers of an app that the tests install for a while."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from realtime_notify.notifiers import InstanceNotifier, Notifier


class Closed(Notifier):
    """That the shop is closed."""

    key = "notices/closed"
    label = _("Closing days")
    help_text = "When the shop is closed."
    group = "notices"
    level = "warning"
    self_service = True


class Moved(InstanceNotifier):
    """That a document is elsewhere."""

    key = "notices/moved"
    target_model = "blog.Document"
