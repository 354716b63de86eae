"""The demo's pages."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import split_domain_port
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demo.forms import SUBSCRIBERS, SendForm
from demo.people import BY_USERNAME, PEOPLE
from realtime_notify import notify

FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP")
BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the desk to who is signed in, and the door to who is not."""
    if not request.user.is_authenticated:
        return render(request, "demo/welcome.html", {"people": PEOPLE})
    return _desk(request, SendForm(initial={"to": request.user.get_username()}))


def _desk(request: HttpRequest, form: SendForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "others": other_windows(request)}
    return render(request, "demo/desk.html", context, status=status)


def other_windows(request: HttpRequest) -> list[dict[str, str]]:
    """Where to be somebody else at the same time.

    A browser keeps cookies by host name, whatever the port: under this machine's other name one
    can be signed in as another person, in the same browser, without leaving here.
    """
    name, port = split_domain_port(request.get_host())
    host = "localhost" if name == "127.0.0.1" else "127.0.0.1"
    host = f"{host}:{port}" if port else host
    return [
        {
            "username": person.username,
            "host": host,
            "address": f"{request.scheme}://{host}/as/{person.username}/",
        }
        for person in PEOPLE
        if person.username != request.user.get_username()
    ]


def is_on_this_machine(request: HttpRequest) -> bool:
    """Tell whether the request was made on this machine, by nobody's mediation.

    Behind a proxy everybody comes from loopback, so a request that was forwarded never counts.
    """
    if any(header in request.META for header in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest, username: str) -> HttpResponse:
    """Sign in without a password, in the demo and nowhere else."""
    if getattr(settings, "DEMO_SIGN_IN", None) is not True or settings.DEBUG is not True:
        raise Http404
    if not is_on_this_machine(request):
        raise Http404("Only a browser on this machine may sign in here.")
    if username not in BY_USERNAME:
        raise Http404(f"Nobody is called {username!r}; there are {', '.join(BY_USERNAME)}.")
    try:
        user = User.objects.get(username=username)
    except User.DoesNotExist:
        raise Http404(f"{username} does not exist yet. Run: python manage.py demo") from None
    if request.user.is_authenticated and request.user != user:
        logout(request)  # says goodbye to the sockets of whoever was here
    login(request, user, backend=BACKEND)
    return redirect("demo:index")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out and go back to the door."""
    logout(request)
    return redirect("demo:index")


@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Call `notify()` with what the form says."""
    wants_json = request.headers.get("Accept") == "application/json"
    if not request.user.is_authenticated:
        if wants_json:
            return JsonResponse({"told": _("You are signed out. Reload this page.")}, status=401)
        return redirect("demo:index")
    form = SendForm(request.POST)
    if not form.is_valid():
        if wants_json:
            return JsonResponse({"told": _first_error(form)}, status=400)
        return _desk(request, form, status=400)
    sent = form.cleaned_data
    to = sent["to"]
    try:
        notify(
            sent["message"],
            sent["key"],
            url=sent["url"] or None,
            recipients=None if to == SUBSCRIBERS else [User.objects.get(username=to)],
            level=sent["level"],
            actor=request.user,
        )
    except ValueError as error:
        if wants_json:
            return JsonResponse({"told": str(error)}, status=400)
        form.add_error(None, str(error))
        return _desk(request, form, status=400)
    told = (
        _("Sent to the subscribers of %(key)s.") % {"key": sent["key"]}
        if to == SUBSCRIBERS
        else _("Sent to %(name)s.") % {"name": to}
    )
    if wants_json:
        return JsonResponse({"told": told})
    messages.success(request, told)
    return redirect("demo:index")


def _first_error(form: SendForm) -> str:
    name, errors = next(iter(form.errors.items()))
    return f"{form.fields[name].label}: {errors[0]}"


@require_safe
def somewhere(request: HttpRequest) -> HttpResponse:
    """A place for notifications to link to."""
    return render(request, "demo/somewhere.html")
