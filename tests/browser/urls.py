"""The site that the browser visits."""

from __future__ import annotations

import json
import time
from http import HTTPStatus

from django.contrib.auth import get_user_model, logout
from django.contrib.staticfiles.views import serve
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import RequestContext, Template
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from demo.middleware import POLICY
from realtime_notify import inbox, notify, text
from realtime_notify.live import backend
from realtime_notify.media.webpush import WebPush
from realtime_notify.models import Notification
from realtime_notify.outbox import Item, Message, Reader
from realtime_notify.wire.hub import running_hub
from tests.browser.journeys.urls import urlpatterns as journey_urlpatterns
from tests.urls import urlpatterns as plain_urlpatterns

PAGE = Template(
    """{% load realtime_notify static %}<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>A page with a bell</title>
  <link rel="stylesheet" href="{% static 'realtime_notify/inbox.css' %}">
  {% notify_scripts %}
</head>
<body class="rn-page">
  <header>{% notify_bell %}</header>
  <main><h1>A page with a bell</h1><p>It has some text and a <a href="/ready/">link</a>.</p></main>
</body>
</html>"""
)


TOASTS_PAGE = Template(
    """{% load realtime_notify static %}<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>My site</title>
  <link rel="stylesheet" href="{% static 'realtime_notify/inbox.css' %}">
  {% notify_scripts %}
</head>
<body class="rn-page">
  <header>{% notify_bell %}</header>
  <main class="rn-main"><h1>A page</h1><p>Here is a <a href="/ready/">link</a>.</p>
    {% notify_alerts title_count=True app_badge=True desktop=True sound="" %}
  </main>
  {% notify_toasts %}
</body>
</html>"""
)


PUSH_PAGE = Template(
    """{% load realtime_notify static %}<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>A page with a switch</title>
  <link rel="stylesheet" href="{% static 'realtime_notify/inbox.css' %}">
</head>
<body class="rn-page"><main class="rn-main"><h1>Settings</h1>{% notify_push %}</main></body>
</html>"""
)


INBOX_PAGE = Template(
    """{% load realtime_notify static %}<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>A page with a list</title>
  <link rel="stylesheet" href="{% static 'realtime_notify/inbox.css' %}">
</head>
<body class="rn-page">
  <main class="rn-main"><h1>A page with a list</h1>{% notify_inbox 5 %}</main>
</body>
</html>"""
)


def inbox_in_a_page(request: HttpRequest) -> HttpResponse:
    """Show a page of the site with the list of notifications in it."""
    return HttpResponse(INBOX_PAGE.render(RequestContext(request)))


def push_page(request: HttpRequest) -> HttpResponse:
    """Show a page with the switch for pushes, under the strictest policy that it works under."""
    response = HttpResponse(PUSH_PAGE.render(RequestContext(request)))
    response["Content-Security-Policy"] = POLICY.replace(
        "trusted-types 'none'", "trusted-types realtime-notify"
    )
    return response


def toasts_page(request: HttpRequest) -> HttpResponse:
    """Show a page that tells what arrives in every way there is."""
    return HttpResponse(TOASTS_PAGE.render(RequestContext(request)))


def page(request: HttpRequest) -> HttpResponse:
    """Show a page with nothing but a bell."""
    return HttpResponse(PAGE.render(RequestContext(request)))


@csrf_exempt
def tell(request: HttpRequest, username: str) -> JsonResponse:
    """Call notify() in the server's own process, with the arguments in the body.

    The answer says when that was, in seconds since the epoch.
    """
    arguments = json.loads(request.body)
    message, params = arguments.pop("message"), arguments.pop("params", None)
    person = get_user_model().objects.get(username=username)
    began = time.time()
    key = arguments.pop("key", "browser/test")
    for number in range(arguments.pop("times", 1)):
        numbered = message.replace("#", str(number + 1))
        said = text(numbered, **params) if params else numbered
        notify(said, key, recipients=[person], **arguments)
    return JsonResponse({"began": began})


@csrf_exempt
def push(request: HttpRequest, username: str) -> JsonResponse:
    """Push a person's newest notification to their browsers."""
    person = get_user_model().objects.get(username=username)
    newest = Notification.objects.with_event().filter(user=person).latest("pk")
    unread = inbox.unread_count(person)
    message = Message(
        0, "webpush", [Item(newest.event, newest)], Reader("en", "UTC", ""), user=person,
        unread=unread,
    )  # fmt: skip
    backend = WebPush()
    backend.send(message)
    backend.close()
    return JsonResponse({"id": newest.pk})


async def sockets(request: HttpRequest, username: str) -> JsonResponse:
    """Say how many sockets a person has open."""
    person = await get_user_model().objects.aget(username=username)
    hub = running_hub(backend.backend)
    return JsonResponse({"open": len(hub.connections(str(person.pk)))})


def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return HttpResponse("Goodbye.", content_type="text/plain")


@require_POST
def approve(request: HttpRequest, answer: int) -> HttpResponse:
    """Approve an order, or fail to: answer with this status. Without a CSRF token it is refused."""
    if not request.user.is_authenticated:
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
    return HttpResponse(status=answer)


def avatar(request: HttpRequest) -> HttpResponse:
    """Return a picture of somebody."""
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><path fill="#7c5cff" '
        'd="M0 0h10v10H0z"/><circle cx="5" cy="4" r="2" fill="#fff"/>'
        '<circle cx="5" cy="10" r="4" fill="#fff"/></svg>'
    )
    return HttpResponse(drawing, content_type="image/svg+xml")


def no_icon(request: HttpRequest) -> HttpResponse:
    """Answer what a browser asks of every new host; a 404 would show in its console."""
    return HttpResponse(status=204)


urlpatterns = [
    *plain_urlpatterns,
    *journey_urlpatterns,
    path("favicon.ico", no_icon),
    path("page/", page),
    path("inbox-in-a-page/", inbox_in_a_page),
    path("push-page/", push_page),
    path("approve/<int:answer>/", approve),
    path("avatar.svg", avatar),
    path("toasts/", toasts_page),
    path("tell/<str:username>/", tell),
    path("push/<str:username>/", push),
    path("sockets/<str:username>/", sockets),
    path("sign-out/", sign_out),
    re_path(r"^static/(?P<path>.*)$", serve, {"insecure": True}),
]
