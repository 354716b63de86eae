"""The backend: one message to all browsers of its recipient."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from datetime import timedelta
from email.message import Message as Headers
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple

from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from realtime_notify.media.outgoing import (
    Answer,
    Forbidden,
    Session,
    Unreachable,
    origin_of,
)
from realtime_notify.media.webpush import payload, vapid
from realtime_notify.models import PushMark, PushSubscription
from realtime_notify.models.arrays import among
from realtime_notify.outbox import MediumBackend, Message, Refused, TryLater

logger = logging.getLogger(__name__)

USED_EVERY = timedelta(days=1)
"""How exactly `last_used` is kept: a statement for each message would cost more than it tells."""
MAX_WAIT = 60 * 60.0
"""Seconds for which a push service is left alone at most, whatever it asks for."""
SILENCE = 60.0
"""Seconds for which a push service is left alone that does not answer."""
PATIENCE = 30.0
"""Seconds in which a message begins to be sent to browsers; the rest have to wait for the next
attempt. Anybody may register browsers at push services that are slow on purpose."""


class Outcome(Enum):
    """What became of a message to one browser."""

    SENT = "sent"
    GONE = "gone"
    """The subscription has ended, and never comes back."""
    REFUSED = "refused"
    """This message will not be taken, however often it is sent."""
    FAILED = "failed"
    """It may work later."""


class Attempt(NamedTuple):
    """One message to one browser.

    Attributes:
        browser: the subscription.
        outcome: what became of it.
        why: the reason, if it was not sent.
        wait: the seconds for which the push service is to be left alone.
    """

    browser: PushSubscription
    outcome: Outcome
    why: str = ""
    wait: float = 0.0


class WebPush(MediumBackend):
    """Sends messages to the browsers that their recipients have registered."""

    name: ClassVar[str] = "webpush"
    label = _("Push")
    delay: ClassVar[float] = 10.0

    def __init__(self) -> None:
        self._session = Session()
        # Until when push services want to be left alone, by the clock of time.monotonic().
        self._resting: dict[str, float] = {}

    def reachable(self, users: Collection[Any]) -> Collection[Any]:
        """Return those of the users who have registered a browser."""
        rows = PushSubscription.objects.filter(among("user", list(users))).order_by()
        return set(rows.values_list("user", flat=True))

    def send(self, message: Message) -> str:
        """Send a message to all browsers of its recipient that have not got it yet.

        Returns:
            "": it has no name of its own.

        Raises:
            Refused: no browser can take it.
            TryLater: some browsers did not get it. The next attempt goes to these alone.
        """
        browsers = _browsers_of(message)
        with (
            translation.override(message.reader.language),
            timezone.override(message.reader.time_zone),
        ):
            ends = time.monotonic() + PATIENCE
            attempts = [self._attempt(browser, message, ends) for browser in browsers]
        by_outcome: dict[Outcome, list[Attempt]] = {outcome: [] for outcome in Outcome}
        for attempt in attempts:
            by_outcome[attempt.outcome].append(attempt)
        _remove(by_outcome[Outcome.GONE])
        _note_use(by_outcome[Outcome.SENT])
        if failed := by_outcome[Outcome.FAILED]:
            _mark(message, by_outcome[Outcome.SENT])
            raise TryLater(failed[0].why, max(attempt.wait for attempt in failed))
        if not by_outcome[Outcome.SENT] and not _has_marks(message):
            refused = by_outcome[Outcome.REFUSED]
            raise Refused(refused[0].why if refused else "There is no browser to push to.")
        return ""

    def close(self) -> None:
        """Close the connections to push services."""
        self._session.close()

    def _attempt(self, browser: PushSubscription, message: Message, ends: float) -> Attempt:
        if time.monotonic() >= ends:
            return Attempt(browser, Outcome.FAILED, "Other browsers have taken too long.")
        service = origin_of(browser.endpoint)
        wait = self._resting.get(service, 0.0) - time.monotonic()
        if wait > 0:
            why = f"{service} wants no requests for another {wait:.0f} s."
            return Attempt(browser, Outcome.FAILED, why, wait)
        try:
            answer = self._post(browser, message, payload.MAX_BYTES)
            if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                answer = self._post(browser, message, payload.SHORT_BYTES)
        except (Forbidden, ValueError) as error:
            logger.warning("Push subscription %s cannot be used: %s.", browser.pk, error)
            return Attempt(browser, Outcome.REFUSED, f"The subscription cannot be used: {error}.")
        except Unreachable as error:
            self._rest(service, SILENCE)
            return Attempt(browser, Outcome.FAILED, f"There was no answer from {error}.", SILENCE)
        return self._judged(browser, service, answer)

    def _post(self, browser: PushSubscription, message: Message, limit: int) -> Answer:
        from pywebpush import WebPusher

        keys = {"p256dh": browser.p256dh, "auth": browser.auth}
        pusher = WebPusher({"endpoint": browser.endpoint, "keys": keys})
        body: bytes = pusher.encode(payload.compose(message, limit))["body"]
        headers = {
            **payload.headers(message),
            "Authorization": vapid.authorization(origin_of(browser.endpoint)),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
        }
        return self._session.post(browser.endpoint, body, headers)

    def _judged(self, browser: PushSubscription, service: str, answer: Answer) -> Attempt:
        """Return what a push service's answer means for its browser."""
        status = answer.status
        if 200 <= status < 300:
            return Attempt(browser, Outcome.SENT)
        why = f"{service} answered with status {status}."
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return Attempt(browser, Outcome.GONE, why)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            logger.error(
                "%s refuses the VAPID signature of push subscription %s with status %d: %s. Check "
                "VAPID_PRIVATE_KEY, VAPID_SUBJECT and the clock. A browser that has subscribed "
                "with another key subscribes again when its owner next opens the site.",
                service, browser.pk, status, answer.body[:200].decode(errors="replace"),
            )  # fmt: skip
            return Attempt(browser, Outcome.REFUSED, why)
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500:
            wait = _retry_after(answer.headers)
            if wait:
                self._rest(service, wait)
            return Attempt(browser, Outcome.FAILED, why, wait)
        return Attempt(browser, Outcome.REFUSED, why)

    def _rest(self, service: str, seconds: float) -> None:
        """Leave a push service alone for a while."""
        now = time.monotonic()
        self._resting = {name: until for name, until in self._resting.items() if until > now}
        self._resting[service] = now + seconds


def _browsers_of(message: Message) -> list[PushSubscription]:
    """Return the browsers of a message's recipient that have not got it yet."""
    if message.user is None:
        return []
    rows = PushSubscription.objects.filter(user=message.user.pk)
    current = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return list(rows.filter(current).exclude(marks__dispatch=message.pk))


def _remove(gone: list[Attempt]) -> None:
    if gone:
        pks = [attempt.browser.pk for attempt in gone]
        PushSubscription.objects.filter(pk__in=pks).delete()


def _note_use(sent: list[Attempt]) -> None:
    now = timezone.now()
    stale = [
        attempt.browser.pk
        for attempt in sent
        if attempt.browser.last_used is None or now - attempt.browser.last_used > USED_EVERY
    ]
    if stale:
        PushSubscription.objects.filter(pk__in=stale).update(last_used=now)


def _mark(message: Message, done: list[Attempt]) -> None:
    """Remember who has got a message that others still wait for."""
    if done:
        marks = [PushMark(dispatch_id=message.pk, browser=attempt.browser) for attempt in done]
        PushMark.objects.bulk_create(marks, ignore_conflicts=True)


def _has_marks(message: Message) -> bool:
    return PushMark.objects.filter(dispatch=message.pk).exists()


def _retry_after(headers: Headers) -> float:
    """Return the seconds to wait that an answer asks for, at most `MAX_WAIT`."""
    given = headers.get("Retry-After", "").strip()
    if given.isascii() and given.isdigit():
        return min(float(given), MAX_WAIT)
    try:
        moment = parsedate_to_datetime(given)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        return 0.0
    return min(max(0.0, (moment - timezone.now()).total_seconds()), MAX_WAIT)
