"""Addresses of the test site."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from realtime_notify import notify


def page(request: HttpRequest, pk: object) -> HttpResponse:
    """Be where a post's or document's address leads."""
    return HttpResponse(f"Here is {pk}.", content_type="text/plain")


def sign_in(request: HttpRequest, username: str) -> HttpResponse:
    """Sign in whoever is named, making the account if need be."""
    user, _ = get_user_model().objects.get_or_create(username=username)
    login(request, user)
    return HttpResponse("Welcome.", content_type="text/plain")


def tell(request: HttpRequest, username: str) -> HttpResponse:
    """Notify somebody; by a broadcast, if that is asked for and they subscribe to it."""
    if "broadcast" in request.GET:
        notify("Read this", f"news/{username}", lazy=True)
    else:
        reader = get_user_model().objects.get(username=username)
        notify("Read this", "demo/hello", recipients=reader)
    return HttpResponse("Told.", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """Answer as soon as the server does."""
    return HttpResponse("Ready.", content_type="text/plain")


urlpatterns = [
    path("admin/", admin.site.urls),
    path("notifications/", include("realtime_notify.urls")),
    path("posts/<int:pk>/", page, name="post"),
    path("documents/<uuid:pk>/", page, name="document"),
    path("sign-in/<str:username>/", sign_in),
    path("notify/<str:username>/", tell),
    path("ready/", ready),
]
