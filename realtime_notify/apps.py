from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RealtimeNotifyConfig(AppConfig):
    name = "realtime_notify"
    verbose_name = _("Notifications")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from realtime_notify import checks  # noqa: F401  (registers the system checks)
        from realtime_notify.live import farewell  # noqa: F401  (closes sockets on signing out)
