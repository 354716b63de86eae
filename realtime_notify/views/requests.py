"""Subscribing without an account: the form for an address, and the link that confirms it.

The answer to the form is the same for every address, known or not; the mail says the rest.
"""

from __future__ import annotations

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from realtime_notify import confirmations
from realtime_notify.exceptions import InvalidRequest, NotAllowed, NotSent, TooMany
from realtime_notify.forms import SubscribeForm
from realtime_notify.live.addresses import client_of
from realtime_notify.subscriptions import listing, requests

logger = logging.getLogger(__name__)

METHODS = ["GET", "HEAD", "POST"]


@never_cache
@csrf_protect
@require_http_methods(METHODS)
def subscribe(request: HttpRequest) -> HttpResponseBase:
    """Show the form for an address; POST sends the mail that asks it to confirm."""
    given = request.POST if request.method == "POST" else request.GET
    key, target = given.get("key", ""), given.get("target", "")
    topic = _topic("", key, target)
    if request.method != "POST":
        form = SubscribeForm(initial={"key": key, "target": target, "email": _own(request)})
        return _form(request, form, topic, sent="sent" in request.GET)
    form = SubscribeForm(request.POST)
    if not form.is_valid():
        return _form(request, form, topic, status=400)
    try:
        _ask(request, form.cleaned_data["email"], key, target)
    except TooMany:
        form.add_error(None, _("You have asked for many subscriptions. Try again in an hour."))
        return _form(request, form, topic, status=429)
    except NotSent as error:
        # The cause may contain the address, and logs have none.
        logger.warning("A confirmation was not sent: %s.", type(error.__cause__).__name__)
        form.add_error(None, _("The e-mail could not be sent. Check the address, or try later."))
        return _form(request, form, topic, status=503)
    query = urlencode({"key": key, "target": target, "sent": "1"})
    return redirect(f"{reverse('realtime_notify:subscribe')}?{query}")


@csrf_exempt  # the link is the permission
@never_cache
@require_http_methods(METHODS)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link of a confirmation subscribes to; POST subscribes.

    A GET request changes nothing, because mail scanners fetch every link in a message.
    """
    found = requests.find(token)
    if found is None:
        return _confirmation(request, {"state": "unknown"}, status=404)
    subscription = requests.subscription_of(found)
    if request.method == "POST":
        subscription = requests.confirm(found)
    is_active = subscription is not None and subscription.active
    context = {
        "state": "confirmed" if is_active else "confirming",
        "subscription": listing.topic_of(found),
        "is_user": not isinstance(requests.subscriber_of(found.address), str),
    }
    return _confirmation(request, context)


def _ask(request: HttpRequest, address: str, key: str, target: str) -> None:
    notification_type, instance = _open(address, key, target)
    confirmations.request_subscription(
        address, notification_type.key, instance, sender=_sender(request)
    )


def _topic(address: str, key: str, target: str) -> listing.Topic:
    return listing.topic(*_open(address, key, target))


def _open(address: str, key: str, target: str) -> Any:
    """Return the type and the target, if the site offers them to people without an account."""
    try:
        return requests.open_topic(address, key=key, target=target or None)
    except (InvalidRequest, NotAllowed) as error:
        raise Http404(str(error)) from error


def _own(request: HttpRequest) -> str:
    """Return the address of whoever is signed in; "" if nobody is."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    return str(getattr(user, user.get_email_field_name(), "") or "")


def _sender(request: HttpRequest) -> str:
    """Return the network address that a request comes from; "" if it is a proxy's.

    Whoever sits behind an address that is not public, or that of a proxy, cannot be told apart.
    """
    peer, forwarded = request.META.get("REMOTE_ADDR"), request.headers.get("X-Forwarded-For", "")
    headers = [(b"x-forwarded-for", forwarded.encode("latin1", "replace"))]
    return client_of({"client": (peer, 0) if peer else None, "headers": headers}) or ""


def _form(
    request: HttpRequest,
    form: SubscribeForm,
    topic: listing.Topic,
    *,
    sent: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "subscription": topic, "sent": sent}
    return render(request, "realtime_notify/subscribe.html", context, status=status)


def _confirmation(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, "realtime_notify/confirm.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"  # the URL contains the secret
    return response
