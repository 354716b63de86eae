"""The view of the recipe for an app on another origin, beside the pages of the site."""

from __future__ import annotations

from typing import Any

from django.urls import path

from tests.browser.urls import urlpatterns as plain_urlpatterns
from tests.pages import labelled

_recipe: dict[str, Any] = {"__name__": __name__}
exec(labelled("another-origin-view"), _recipe)

urlpatterns = [path("who/", _recipe["who"]), *plain_urlpatterns]
