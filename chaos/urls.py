"""Addresses of the town: those of the tests, and one that tells of the event loop."""

from __future__ import annotations

import asyncio

from django.http import HttpRequest, JsonResponse
from django.urls import path

from tests.urls import urlpatterns as plain_urlpatterns


async def tasks(request: HttpRequest) -> JsonResponse:
    """Say how many tasks the loop has that serves this request, which is one of them."""
    return JsonResponse({"tasks": len(asyncio.all_tasks())})


urlpatterns = [*plain_urlpatterns, path("tasks/", tasks)]
