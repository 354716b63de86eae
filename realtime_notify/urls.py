"""Addresses: `path("notifications/", include("realtime_notify.urls"))`."""

from __future__ import annotations

from django.urls import path

from realtime_notify import views

app_name = "realtime_notify"

urlpatterns = [
    path("", views.inbox_page, name="inbox"),
    path("go/<int:pk>/", views.go, name="go"),
    path("api/notifications/", views.api_page, name="api-notifications"),
    path("api/count/", views.api_count, name="api-count"),
    path("api/sync/", views.api_sync, name="api-sync"),
    *(
        path(f"api/{verb}/", views.api_change, {"verb": verb}, name=f"api-{verb}")
        for verb in views.CHANGES
    ),
]
