"""Receiver of `post_migrate`: writes the declared notification types to their table."""

from __future__ import annotations

from django.apps import apps as installed
from django.apps.registry import Apps
from django.db import router

from realtime_notify.declarations import declarations
from realtime_notify.models import NotificationType


def write_types(*, using: str, apps: Apps = installed, **kwargs: object) -> None:
    """Write all declarations to the rows of their types. Receiver of `post_migrate`."""
    # The model does not exist after a migration back to zero.
    exists = "notificationtype" in apps.all_models["realtime_notify"]
    if exists and router.allow_migrate_model(using, NotificationType):
        for declaration in declarations().values():
            NotificationType.objects.db_manager(using).declare(declaration)
