from __future__ import annotations

from django.apps import AppConfig


class BlogConfig(AppConfig):
    name = "tests.blog"

    def ready(self) -> None:
        from realtime_notify.audience.groups import register_group
        from tests.blog.models import Company

        register_group(Company, members="employment__company", role="employment__title")
