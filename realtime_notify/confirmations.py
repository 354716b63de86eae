"""Confirmations: the mail that asks an address whether it wants what was asked for in its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language

from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidSetting, NotSent, TooMany
from realtime_notify.links import absolute, site_host
from realtime_notify.media.email.composing import send_mail_to
from realtime_notify.models import RestedAddress, SubscriptionRequest
from realtime_notify.models.allowances import Allowance
from realtime_notify.outbox import Reader
from realtime_notify.subscriptions import listing, requests
from realtime_notify.subscriptions.unsubscribing import unsubscribe_url

TEMPLATE = "realtime_notify/email/confirm"
HOUR = 60 * 60


def request_subscription(
    address: str,
    key: str,
    target: models.Model | None = None,
    *,
    filters: Mapping[str, Any] | None = None,
    sender: str = "",
) -> None:
    """Ask an e-mail address to confirm a subscription, by a mail with a link.

    Nothing tells the caller whether the address is known, so that a page can show the same answer
    to everybody. The mail says so: to an address that is subscribed already, and to one that
    belongs to a user, who is then the one to be subscribed. It is written in the active language.

    An address gets no more than ``CONFIRMATIONS_PER_HOUR`` such mails, and none while it rests
    after bounces or a complaint. What is left out is left out without a word, because an error
    would tell what happened to others.

    Args:
        address: the e-mail address.
        key: the key of the notification type.
        target: a saved model instance; None for every event of the type.
        filters: values by filter name, as in `subscribe()`.
        sender: who asks, such as the IP address of a request; "" for the project itself, which may
            ask as often as it likes.

    Raises:
        InvalidRecipient, InvalidKey, InvalidTarget, InvalidFilter: an argument is invalid.
        InvalidSetting: there is no ``BASE_URL``, which the link begins with.
        TooMany: the sender has asked ``CONFIRMATIONS_PER_SENDER`` times within an hour.
        NotSent: the mail could not be sent. Nothing is left behind, and it may be asked for again.
    """
    if not settings.BASE_URL:
        raise InvalidSetting(
            "A mail with a link needs the address of the site: set "
            "REALTIME_NOTIFY['BASE_URL'], such as 'https://example.com'."
        )
    request, token = requests.draft(address, key, target, filters)
    if sender and _take("sender", sender):
        raise TooMany("You have asked for many subscriptions. Try again in an hour.")
    rests = RestedAddress.objects.resting().filter(pk=request.address).exists()
    if rests or _take("address", request.address):
        return
    context = _context(request, token)
    SubscriptionRequest.objects.prune()
    request.save(force_insert=True)  # before the mail, whose link may be opened at once
    try:
        send_mail_to(_reader(request.address), TEMPLATE, context)
    except Exception as error:  # whatever the e-mail backend raises
        request.delete()
        _give_back("sender", sender)
        _give_back("address", request.address)
        raise NotSent("The confirmation could not be sent by e-mail. Try again later.") from error


arequest_subscription = sync_to_async(request_subscription)


def _limit(what: str) -> int:
    if what == "sender":
        return settings.CONFIRMATIONS_PER_SENDER
    return settings.CONFIRMATIONS_PER_HOUR


def _take(what: str, whose: str) -> float:
    return Allowance.objects.take(f"{what}:{whose}", _limit(what))


def _give_back(what: str, whose: str) -> None:
    if whose:
        Allowance.objects.give_back(f"{what}:{whose}", _limit(what))


def _reader(address: str) -> Reader:
    return Reader(
        get_language() or django_settings.LANGUAGE_CODE, django_settings.TIME_ZONE, address
    )


def _context(request: SubscriptionRequest, token: str) -> dict[str, Any]:
    """Return what the templates of the mail get.

    Returns:
        `topic`: a subscription as its subscriber sees it; `confirm_url`; `hours`: how long it
        works; `user`: whom the address belongs to, or None; `unsubscribe_url` of the subscription
        that there is already, or ""; `site`: what messages call the site.
    """
    subscriber = requests.subscriber_of(request.address)
    existing = requests.subscription_of(request)
    is_active = existing is not None and existing.active
    return {
        "topic": listing.topic_of(request),
        "confirm_url": absolute(reverse("realtime_notify:confirm", args=[token])),
        "hours": max(1, int(settings.CONFIRM_LIFETIME / HOUR)),
        "user": None if isinstance(subscriber, str) else subscriber,
        "unsubscribe_url": absolute(unsubscribe_url(existing)) if existing and is_active else "",
        "site": settings.SITE_NAME or site_host(),
    }
