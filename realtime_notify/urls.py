"""Addresses: `path("notifications/", include("realtime_notify.urls"))`."""

from __future__ import annotations

from django.urls import path

from realtime_notify.views import api, choices, feed, pages, subscriptions, tokens

app_name = "realtime_notify"

urlpatterns = [
    path("", pages.inbox_page, name="inbox"),
    path("go/<int:pk>/", pages.go, name="go"),
    path("preferences/", choices.preferences_page, name="preferences"),
    path("unsubscribe/<slug:token>/", tokens.unsubscribe, name="unsubscribe"),
    path("confirm/<slug:token>/", tokens.confirm, name="confirm"),
    path("api/notifications/", api.page, name="api-notifications"),
    path("api/count/", api.count, name="api-count"),
    path("api/sync/", api.sync, name="api-sync"),
    path("api/feed/", feed.feed, name="api-feed"),
    path("api/subscriptions/", subscriptions.subscriptions, name="api-subscriptions"),
    path("api/subscriptions/<int:pk>/", subscriptions.subscription, name="api-subscription"),
    path("api/preferences/", subscriptions.choices, name="api-preferences"),
    *(
        path(f"api/{verb}/", api.change, {"verb": verb}, name=f"api-{verb}")
        for verb in (*api.CHANGES, *api.INTERESTS)
    ),
]
