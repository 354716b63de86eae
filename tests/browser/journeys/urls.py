"""The page of the journeys."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import path
from django.utils.translation import get_language_info, override

from demo.middleware import POLICY

# In any language, with any number of bells, and watched from its first moment.
PAGE = Template(
    """{% load realtime_notify static %}<!doctype html>
<html lang="{{ language }}" dir="{{ direction }}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>A page with a bell</title>
  <link rel="stylesheet" href="{% static 'realtime_notify/inbox.css' %}">
  <script src="/watch.js"></script>
  {% notify_scripts %}
</head>
<body class="rn-page">
  <header>{% for _ in bells %}{% notify_bell %}{% endfor %}</header>
  <main><h1>A page with a bell</h1><p>It has some text.</p></main>
</body>
</html>"""
)

WATCH = """
  window.watched = { violations: [], errors: [], events: [] };
  document.addEventListener("securitypolicyviolation", (event) => {
    watched.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
  addEventListener("error", (event) => watched.errors.push(String(event.message)));
  addEventListener("unhandledrejection", (event) => watched.errors.push(String(event.reason)));
  for (const name of ["received", "unread-change", "open", "close", "click", "error"]) {
    document.addEventListener(`notify-${name}`, (event) => {
      watched.events.push([name, event.target.isConnected]);
    }, true);
  }
"""


def journey(request: HttpRequest) -> HttpResponse:
    """Show a page with bells: `lang`, `bells` and `scripts=off` in the query change it."""
    language = request.GET.get("lang", "en")
    context = {
        "language": language,
        "direction": "rtl" if get_language_info(language)["bidi"] else "ltr",
        "bells": range(int(request.GET.get("bells", "1"))),
    }
    with override(language):
        response = HttpResponse(PAGE.render(RequestContext(request, context)))
    if request.GET.get("scripts") == "off":
        # In a sandbox without allow-scripts a page is as in a browser without JavaScript.
        response["Content-Security-Policy"] = f"{POLICY}; sandbox allow-same-origin"
    return response


def watch(request: HttpRequest) -> HttpResponse:
    """Answer the script that notes what goes wrong in a page, and the events of its bells."""
    return HttpResponse(WATCH, content_type="text/javascript")


urlpatterns = [
    path("journey/", journey),
    path("watch.js", watch),
]
