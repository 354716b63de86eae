"""Addresses of the production site: the app, the admin, and a door with a password."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="realtime_notify:inbox")),
    path("notifications/", include("realtime_notify.urls")),
    path("sign-in/", LoginView.as_view(template_name="admin/login.html"), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("admin/", admin.site.urls),
]
