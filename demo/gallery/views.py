"""The pages of the gallery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from demo.gallery.door import inbox_in
from demo.gallery.frames import DENSITIES, DIRECTIONS, FRAMES, LANGUAGES, THEMES
from demo.gallery.inboxes import INBOXES
from demo.gallery.network import CONDITIONS, network
from demo.middleware import POLICY
from realtime_notify import elements, notify
from realtime_notify.elements.attributes import as_html, texts
from realtime_notify.elements.scripts import module_script


def _push(request: HttpRequest) -> SafeString:
    """Return the switch for pushes. The demo sends none, so the tag would return nothing."""
    given = as_html(texts("push"))
    script = module_script("notify-push.js", request)
    return format_html("{}<notify-push{}></notify-push>", script, given)


ELEMENTS: dict[str, Callable[..., SafeString]] = {
    "bell": elements.bell,
    "toasts": elements.toasts,
    "inbox": elements.inbox_list,
    "alerts": elements.alerts,
    "push": _push,
}

LOOKS = {"theme": THEMES, "dir": DIRECTIONS, "density": DENSITIES, "lang": LANGUAGES}
"""What an address can ask for, and the values of each; the first one is the usual."""

ARRIVALS = (
    ("Version 4.2 is live", "success", "12 changes, no migrations."),
    ("Disk of db-2 is 90 % full", "warning", ""),
    ("Nightly backup failed", "error", "No answer from the storage after 30 seconds."),
)


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Show all frames, in the looks that the address asks for."""
    looks = _looks(request)
    context = {
        "frames": FRAMES.values(),
        "looks": looks,
        "choices": LOOKS.items(),
        "conditions": CONDITIONS,
        "condition": network.condition,
    }
    response = render(request, "demo/gallery.html", context)
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return response


@require_safe
def frame(request: HttpRequest, name: str) -> HttpResponse:
    """Show one frame, below the path of its inbox."""
    shown = FRAMES.get(name)
    if shown is None or inbox_in(request.path) != shown.inbox:
        raise Http404("There is no such frame below this path.")
    looks = _looks(request)
    # An inbox in another language than English stays in it.
    language = INBOXES[shown.inbox][0] or looks["lang"]
    attributes: dict[str, Any] = {**shown.attributes}
    if looks["density"] and shown.element == "bell":
        attributes["density"] = looks["density"]
    with translation.override(language):
        direction = "rtl" if translation.get_language_bidi() else looks["dir"]
        context = {
            "frame": shown,
            "element": ELEMENTS[shown.element](request, **attributes),
            "theme": looks["theme"],
            "direction": direction,
            "language": language,
        }
        response = render(request, "demo/gallery_frame.html", context)
    own = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    response.headers["Content-Security-Policy"] = own
    return response


def _looks(request: HttpRequest) -> dict[str, str]:
    """Return what the address asks for; whatever it does not know is the usual."""
    return {
        name: value if (value := request.GET.get(name, "")) in known else known[0]
        for name, known in LOOKS.items()
    }


@require_POST
def arrive(request: HttpRequest) -> HttpResponse:
    """Notify the person of this frame, for the toasts."""
    if inbox_in(request.path) is None:
        raise Http404("Notifications arrive in a frame.")
    for message, level, description in ARRIVALS:
        notify(
            message, "demo/hello", recipients=[request.user], level=level, description=description
        )
    return HttpResponse(status=204)


@require_POST
def set_network(request: HttpRequest) -> HttpResponse:
    """Make the network of all frames normal, slow or lost."""
    condition = request.POST.get("condition", "")
    if condition not in CONDITIONS:
        raise Http404(f"The network is one of: {', '.join(CONDITIONS)}.")
    network.become(condition)
    if request.headers.get("Accept") == "application/json":
        return HttpResponse(status=204)
    return redirect("demo:gallery")


@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """Take the answer of a row's action."""
    return HttpResponse(status=204)
