"""The medium that sends requests to endpoints."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from http import HTTPStatus
from typing import ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from realtime_notify.media.outgoing import Answer, Forbidden, Session, Unreachable
from realtime_notify.media.webhook.payload import body_of, test_body
from realtime_notify.media.webhook.signing import headers
from realtime_notify.models import Attempt, Endpoint
from realtime_notify.models.attempts import MAX_ANSWER
from realtime_notify.models.media import WEBHOOK
from realtime_notify.outbox import MediumBackend, Message, NotNow, Refused

REST = 5.0
LONGEST_REST = 300.0
"""Seconds for which an endpoint is left alone after a failure; they double each time."""
TIMEOUT = 15.0
"""Seconds that an endpoint has to answer."""

_HEADERS = {"Content-Type": "application/json", "User-Agent": "realtime-notify"}


class EndpointFailed(Exception):
    """An endpoint gave no answer, or one that does not accept the request."""


class Webhook(MediumBackend):
    """Sends a request for each event; an endpoint that fails does not hold up the others."""

    name = WEBHOOK
    label = _("Webhook")
    delay: ClassVar[float] = 0.0
    interrupts = False

    def __init__(self) -> None:
        self._resting: dict[int, _Rest] = {}
        self._session = Session(TIMEOUT)

    def close(self) -> None:
        """Close the connections to endpoints."""
        self._session.close()

    def send(self, message: Message) -> str:
        """Send the events of a message, and note what the endpoint answered.

        Raises:
            Refused: the endpoint is switched off, or says that it is gone (410), which switches it
                off.
            NotNow: it failed a moment ago.
            EndpointFailed: it answered with an error, or not at all.
        """
        endpoint = message.endpoint
        if endpoint is None or not endpoint.active:
            raise Refused("The endpoint is switched off.")
        if rest := self._resting.get(endpoint.pk):
            rest.check()
        accepted = _accepted(message) if message.attempts else set()
        try:
            for item in message.items:
                name = f"evt_{item.event.pk}_{endpoint.pk}"
                if name not in accepted:
                    _request(self._session, endpoint, name, body_of(item.event), message.pk)
        except EndpointFailed:
            self._resting.setdefault(endpoint.pk, _Rest()).begin()
            raise
        self._resting.pop(endpoint.pk, None)
        return name


class _Rest:
    """How long an endpoint is left alone, so that a dead one costs no time-out a request."""

    def __init__(self) -> None:
        self._seconds = REST / 2
        self._until = 0.0

    def begin(self) -> None:
        """Begin a rest, twice as long as the last."""
        self._seconds = min(LONGEST_REST, self._seconds * 2)
        self._until = time.monotonic() + self._seconds

    def check(self) -> None:
        """Let the caller come back later if the rest is not over.

        Raises:
            NotNow: it is not.
        """
        left = self._until - time.monotonic()
        if left > 0:
            raise NotNow("The endpoint failed a moment ago.", left)


def send_test(endpoint: Endpoint) -> Attempt:
    """Send a request of the type "test", whatever the endpoint asks for.

    Returns:
        The attempt; its `error` says what went wrong.
    """
    name = f"test_{endpoint.pk}_{time.time_ns()}"
    with closing(Session(TIMEOUT)) as session, suppress(EndpointFailed, Refused):
        _request(session, endpoint, name, test_body(timezone.now()), None)
    return Attempt.objects.get(endpoint=endpoint, request=name)


def _accepted(message: Message) -> set[str]:
    """Return the requests of a message that were accepted before another one failed."""
    good = Attempt.objects.filter(dispatch=message.pk, error="").order_by()
    return set(good.values_list("request", flat=True))


def _request(
    session: Session, endpoint: Endpoint, name: str, body: bytes, dispatch: int | None
) -> None:
    """Send one request and note the attempt."""
    began = time.monotonic()
    signed = headers(endpoint.secrets(), name, int(time.time()), body)
    answer, error = None, ""
    try:
        answer = session.post(endpoint.url, body, {**_HEADERS, **signed})
        error = _problem(answer)
    except Forbidden as forbidden:
        error = f"{forbidden}. ALLOWED_PRIVATE_NETWORKS may name networks of your own."
    except Unreachable as unreachable:
        error = str(unreachable)
    Attempt.objects.create(
        endpoint=endpoint,
        dispatch_id=dispatch,
        request=name,
        status=answer and answer.status,
        answer=_text(answer.body) if answer else "",
        error=error,
        seconds=time.monotonic() - began,
    )
    if answer and answer.status == HTTPStatus.GONE:
        Endpoint.objects.filter(pk=endpoint.pk).update(active=False)
        raise Refused(error)
    if error:
        raise EndpointFailed(error)


def _problem(answer: Answer) -> str:
    """Return why an answer does not accept a request; "" if it does."""
    if answer.status == HTTPStatus.GONE:
        return "It answered 410: it is gone, and is switched off."
    if 300 <= answer.status < 400:
        return f"It answered {answer.status}: redirects are not followed. Correct its URL."
    return "" if 200 <= answer.status < 300 else f"It answered {answer.status}."


def _text(body: bytes) -> str:
    """Return the beginning of an answer, as every database stores it."""
    return body.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")[:MAX_ANSWER]
