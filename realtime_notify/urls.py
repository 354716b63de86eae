"""Addresses: `path("notifications/", include("realtime_notify.urls"))`."""

from __future__ import annotations

from django.urls import path

from realtime_notify.views import api, pages

app_name = "realtime_notify"

urlpatterns = [
    path("", pages.inbox_page, name="inbox"),
    path("go/<int:pk>/", pages.go, name="go"),
    path("api/notifications/", api.page, name="api-notifications"),
    path("api/count/", api.count, name="api-count"),
    path("api/sync/", api.sync, name="api-sync"),
    *(path(f"api/{verb}/", api.change, {"verb": verb}, name=f"api-{verb}") for verb in api.CHANGES),
]
