"""The addresses of those who run a site: is this process alive, is it ready, and its metrics."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from realtime_notify.conf import settings
from realtime_notify.monitoring.health import health
from realtime_notify.monitoring.promises import Overdue, overdue
from realtime_notify.wire.threads import DatabaseSilent, in_thread


@login_not_required
@never_cache
@require_safe
async def live(request: HttpRequest) -> HttpResponse:
    """Answer 200: a process whose event loop is stuck answers nothing, and is to be restarted."""
    return JsonResponse({"live": True})


@login_not_required
@never_cache
@require_safe
async def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 if this process does its work, and 503 if it should get no visitors now."""
    found = await health()
    status = HTTPStatus.SERVICE_UNAVAILABLE if found.problems else HTTPStatus.OK
    answer = {"ready": not found.problems, **found._asdict()}
    return JsonResponse(answer, status=status)


@login_not_required
@never_cache
@require_safe
async def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics of this process to those who have the `METRICS_TOKEN`."""
    if not settings.METRICS_TOKEN:
        raise Http404("REALTIME_NOTIFY['METRICS_TOKEN'] is not set.")
    given = request.headers.get("Authorization", "")
    if not constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
        response = HttpResponse(status=HTTPStatus.UNAUTHORIZED)
        response["WWW-Authenticate"] = "Bearer"
        return response
    from realtime_notify.monitoring.metrics import exposition  # only where it is installed

    body, content_type = exposition(await _overdue(), request.headers.get("Accept", ""))
    return HttpResponse(body, content_type=content_type)


async def _overdue() -> Overdue | None:
    """Return the overdue deliveries; None if the database does not tell, which is logged."""
    try:
        return await in_thread("monitoring", overdue)
    except (DatabaseSilent, Error):
        return None
