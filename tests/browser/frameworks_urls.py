"""The pages of the recipes, word for word, and a token for an app."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.http import FileResponse, HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import path
from rest_framework_simplejwt.tokens import AccessToken

from tests.browser.frameworks_settings import LIBRARIES
from tests.browser.urls import urlpatterns as plain_urlpatterns
from tests.pages import labelled


def page(request: HttpRequest, framework: str, number: int) -> HttpResponse:
    """Show a page of a recipe, which links to the one after it."""
    title, after = f"Page {number}", f"/{framework}/{number + 1}/"
    recipe = Template(labelled(f"frameworks-{framework}").lstrip())
    return HttpResponse(recipe.render(RequestContext(request, {"title": title, "next": after})))


def library(request: HttpRequest, name: str) -> FileResponse:
    """Serve a framework's script."""
    return FileResponse(LIBRARIES[name].open("rb"), content_type="text/javascript")


def token(request: HttpRequest, username: str) -> HttpResponse:
    """Issue a token, as a sign-in would."""
    user = get_user_model().objects.get(username=username)
    return HttpResponse(str(AccessToken.for_user(user)), content_type="text/plain")


urlpatterns = [
    path("token/<str:username>/", token),
    *(path(f"static/{name}", library, {"name": name}) for name in LIBRARIES),
    path("<str:framework>/<int:number>/", page),
    *plain_urlpatterns,
]
