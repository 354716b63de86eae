"""URLs; include them by `path("notifications/", include("realtime_notify.urls"))`."""

from __future__ import annotations

from django.urls import path

from realtime_notify.views import (
    api,
    feed,
    monitoring,
    pages,
    preferences,
    push,
    requests,
    secret_links,
    subscriptions,
    texts,
)

app_name = "realtime_notify"

urlpatterns = [
    path("", pages.inbox_page, name="inbox"),
    path("list/", pages.list_alone, name="inbox-list"),
    path("go/<int:pk>/", pages.go, name="go"),
    path("preferences/", preferences.preferences_page, name="preferences"),
    path("unsubscribe/<str:token>/", secret_links.unsubscribe, name="unsubscribe"),
    path("subscribe/", requests.subscribe, name="subscribe"),
    path("confirm/<slug:token>/", requests.confirm, name="confirm"),
    path("api/notifications/", api.page, name="api-notifications"),
    path("api/count/", api.count, name="api-count"),
    path("api/sync/", api.sync, name="api-sync"),
    path("api/feed/", feed.feed, name="api-feed"),
    path("api/live/", monitoring.live, name="live"),
    path("api/ready/", monitoring.ready, name="ready"),
    path("api/metrics/", monitoring.metrics, name="metrics"),
    path("api/subscriptions/", subscriptions.subscriptions, name="api-subscriptions"),
    path("api/subscriptions/<int:pk>/", subscriptions.subscription, name="api-subscription"),
    path("api/preferences/", subscriptions.preferences, name="api-preferences"),
    path("push-worker.js", push.worker, name="push-worker"),
    path("api/push/", push.subscriptions, name="api-push"),
    path("api/push/<int:pk>/", push.subscription, name="api-push-browser"),
    path("api/ticket/", api.ticket, name="api-ticket"),
    path("api/texts/<slug:part>/<str:language>/", texts.texts, name="api-texts"),
    *(
        path(f"api/{command}/", api.command, {"name": command}, name=f"api-{command}")
        for command in (*api.INBOX_COMMANDS, *api.SUBSCRIPTION_COMMANDS)
    ),
]
