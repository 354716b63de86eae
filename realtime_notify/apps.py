from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class RealtimeNotifyConfig(AppConfig):
    name = "realtime_notify"
    verbose_name = _("Notifications")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from realtime_notify import checks  # noqa: F401  (registers them)
        from realtime_notify.live import checks as live_checks  # noqa: F401
        from realtime_notify.live import logout  # noqa: F401  (registers receivers)
        from realtime_notify.media import checks as media_checks  # noqa: F401
        from realtime_notify.media.email import checks as email_checks  # noqa: F401  (too)
        from realtime_notify.media.email import tracking
        from realtime_notify.media.webpush import accounts  # noqa: F401  (registers receivers)
        from realtime_notify.media.webpush import checks as webpush_checks  # noqa: F401
        from realtime_notify.models.epochs import begin_first_epoch
        from realtime_notify.notifiers import write_types
        from realtime_notify.publish import receivers  # noqa: F401  (registers one)

        autodiscover_modules("notifiers")
        tracking.connect()
        post_migrate.connect(write_types, sender=self)
        post_migrate.connect(begin_first_epoch, sender=self)
