"""Addresses of the town: those of the tests, a page with a bell, and one that tells of tasks."""

from __future__ import annotations

import asyncio

from django.contrib.staticfiles.views import serve
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import RequestContext, Template
from django.urls import path, re_path

from tests.urls import urlpatterns as plain_urlpatterns

PAGE = Template(
    """{% load realtime_notify %}<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>The town</title>{% notify_scripts %}</head>
<body>{% notify_bell %}</body>
</html>"""
)


def page(request: HttpRequest) -> HttpResponse:
    """Show a page with nothing but a bell."""
    return HttpResponse(PAGE.render(RequestContext(request)))


async def tasks(request: HttpRequest) -> JsonResponse:
    """Say how many tasks the loop has that serves this request, which is one of them."""
    return JsonResponse({"tasks": len(asyncio.all_tasks())})


urlpatterns = [
    *plain_urlpatterns,
    path("page/", page),
    path("tasks/", tasks),
    re_path(r"^static/(?P<path>.*)$", serve, {"insecure": True}),
]
