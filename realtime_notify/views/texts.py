"""The texts of the elements that a browser fetches when it needs them, and keeps."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_safe

from realtime_notify.elements.catalogue import PARTS, catalogue

FOREVER = "public, max-age=31536000, immutable"


@login_not_required
@require_safe
def texts(request: HttpRequest, part: str, language: str) -> HttpResponse:
    """Return the texts of a part of the bell in a language, as an object of name and text.

    They are the same for everybody. An address with the version of today's texts is never asked
    for twice by a browser; one with another version, as of a page from before an update, is.
    """
    if part not in PARTS or not translation.check_for_language(language):
        raise Http404
    with translation.override(language):
        written, version = catalogue(part)
    response = HttpResponse(written or "{}", content_type="application/json", status=HTTPStatus.OK)
    is_current = version and request.GET.get("version") == version
    response["Cache-Control"] = FOREVER if is_current else "no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response
