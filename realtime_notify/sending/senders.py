"""Senders: one for each medium, which hands over what is due, batch after batch."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from realtime_notify.conf import settings
from realtime_notify.models import Dispatch, DispatchState
from realtime_notify.outbox import MediumBackend, Message, NotNow, Refused, TryLater
from realtime_notify.sending import reasons
from realtime_notify.sending.backoff import wait_after
from realtime_notify.sending.counts import Sent, counted
from realtime_notify.sending.leases import Lease, Wanted, take
from realtime_notify.sending.looks import Look, look
from realtime_notify.sending.marks import Mark, Marks

logger = logging.getLogger(__name__)

Stop = Callable[[], bool]
Report = Callable[[Mark], object]
"""Is told what became of each message."""

SMALLEST, LARGEST = 25, 400
"""Messages in a batch: many from a fast medium; few from a slow one, so that others find some."""
SHORT, LONG = 1.0, 3.0
"""Seconds that a batch should take."""
FRESH = 1.0
"""Seconds for which a look holds."""
MAX_HOLD = 60.0
"""Seconds for which one failing message keeps others to the same recipient waiting, at most."""
PATIENCE = 3
"""How many recipients in a row a medium may be unable to serve before it rests."""
REST = 60.0
"""Seconds for which a medium rests that cannot be opened."""


class Sender:
    """Sends what is due by one medium, and knows who and what cannot be served at present.

    It is used by one thread at a time.

    Args:
        backend: the class of the medium's backend.
        report: is told what became of each message.
    """

    def __init__(self, backend: type[MediumBackend], report: Report = lambda mark: None) -> None:
        self.medium = backend.name
        self._backend = backend()
        self._report = report
        self._marks = Marks(backend.name)
        self._is_open = False
        self._size = SMALLEST
        self._held: dict[str, datetime] = {}
        self._unable: set[str] = set()
        self._rests_until = 0.0

    def rests(self) -> bool:
        """Return whether nothing can be sent at present."""
        return time.monotonic() < self._rests_until

    def send_due(self, wanted: Wanted, should_stop: Stop) -> Sent:
        """Send until nothing is due, or the medium can send nothing at present.

        Args:
            wanted: what to send.
            should_stop: asked before each message.

        Returns:
            What became of the messages.
        """
        done = Sent()
        self._marks.write()  # what an earlier call could not
        while not (should_stop() or self.rests()) and (lease := take(wanted, self._size)):
            began = time.monotonic()
            dealt_with = self._send_batch(lease, wanted, should_stop)
            self._fit(len(lease.dispatches), dealt_with, time.monotonic() - began)
            done += dealt_with
        return done

    def close(self) -> None:
        """Close the backend; the next message opens it again."""
        if self._is_open:
            self._is_open = False
            try:
                self._backend.close()
            except Exception as error:
                logger.warning("%s could not be closed: %s.", self.medium, type(error).__name__)

    def _send_batch(self, lease: Lease, wanted: Wanted, should_stop: Stop) -> Sent:
        done, waiting = Sent(), deque(lease.dispatches)
        looks = self._look(lease.dispatches, wanted.moment())
        looked_at = time.monotonic()
        try:
            while waiting and not (should_stop() or lease.is_over() or self.rests()):
                if time.monotonic() - looked_at > FRESH:
                    waiting = deque(lease.still_held(waiting))
                    looks = self._look(list(waiting), wanted.moment())
                    looked_at = time.monotonic()
                    continue
                began = time.monotonic()
                dispatch = waiting[0]
                mark = self._handle(dispatch, looks[dispatch.pk], wanted)
                if mark is None:
                    continue  # the medium could not be opened, and rests
                waiting.popleft()
                done += counted(mark)
                self._marks.add(lease.token, mark, began)
                self._report(mark)
        finally:
            self._marks.write()
            lease.give_back(waiting)
        return done

    def _look(self, dispatches: list[Dispatch], now: datetime) -> dict[int, Look | Exception]:
        """Look at dispatches; halves find the one that cannot be looked at among hundreds."""
        try:
            return dict(look(dispatches, self._backend, now))
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if len(dispatches) < 2:
                return {dispatch.pk: error for dispatch in dispatches}
        middle = len(dispatches) // 2
        halves = dispatches[:middle], dispatches[middle:]
        return {pk: found for half in halves for pk, found in self._look(half, now).items()}

    def _handle(self, dispatch: Dispatch, found: Look | Exception, wanted: Wanted) -> Mark | None:
        """Send a message if it is still wanted; return what became of it."""
        if isinstance(found, Exception):
            return self._failed(dispatch, found, wanted)
        if found.quiet_until is not None:
            return _postponed(dispatch, found.quiet_until, dispatch.last_error, found.reason)
        if found.message is None:
            return Mark(
                dispatch,
                DispatchState.DROPPED,
                attempts=dispatch.attempts,
                error=dispatch.last_error,
                reason=found.reason,
                dropped=found.dropped,
            )
        now = timezone.now()
        held = self._held.get(dispatch.recipient, now)
        if held > now:
            # After the moment of the run, which may be ahead of the clock: it would find it again.
            until = max(wanted.moment(), now) + (held - now)
            return _postponed(dispatch, until, dispatch.last_error)
        if not self._open():
            return None
        return self._send(dispatch, found, found.message, wanted)

    def _send(self, dispatch: Dispatch, found: Look, message: Message, wanted: Wanted) -> Mark:
        try:
            receipt = self._backend.send(message)
        except Refused as error:
            self._unable.clear()
            logger.warning("Dispatch %s by %s was refused.", dispatch.pk, self.medium)
            return _dead(dispatch, error, dispatch.attempts + 1, reasons.REFUSED)
        except NotNow as error:
            until = self._hold(dispatch, error.seconds, wanted)
            self._rest_if_unable(dispatch, error)
            return _postponed(dispatch, until, _text(error))
        except Exception as error:
            return self._failed(dispatch, error, wanted)
        self._unable.clear()
        self._held.pop(dispatch.recipient, None)
        return Mark(
            dispatch,
            DispatchState.SENT,
            attempts=dispatch.attempts,
            receipt=receipt or "",
            events=len(message.items),
            dropped=found.dropped,
            notifications=found.notifications,
        )

    def _failed(self, dispatch: Dispatch, error: Exception, wanted: Wanted) -> Mark:
        attempts = dispatch.attempts + 1
        # What an exception says may name people. The row has it.
        what = type(error).__name__
        logger.debug("Dispatch %s by %s failed.", dispatch.pk, self.medium, exc_info=error)
        if attempts >= settings.SEND_ATTEMPTS:
            logger.error(
                "Dispatch %s by %s failed %d times, at last by %s; it is given up.",
                *(dispatch.pk, self.medium, attempts, what),
            )
            return _dead(dispatch, error, attempts)
        wait = wait_after(attempts)
        if isinstance(error, TryLater):
            wait = max(wait, timedelta(seconds=error.seconds))
        self._hold(dispatch, min(wait.total_seconds(), MAX_HOLD), wanted)
        logger.warning(
            "Dispatch %s by %s failed by %s; it will be tried again in %.0f s.",
            *(dispatch.pk, self.medium, what, wait.total_seconds()),
        )
        return Mark(
            dispatch,
            DispatchState.WAITING,
            due_at=max(wanted.moment(), timezone.now()) + wait,
            attempts=attempts,
            error=_text(error),
        )

    def _hold(self, dispatch: Dispatch, seconds: float, wanted: Wanted) -> datetime:
        """Keep other messages to the same recipient from being tried for a while."""
        now = timezone.now()
        if len(self._held) > LARGEST:
            self._held = {who: until for who, until in self._held.items() if until > now}
        wait = timedelta(seconds=max(seconds, 1.0))
        self._held[dispatch.recipient] = now + wait
        return max(wanted.moment(), now) + wait

    def _rest_if_unable(self, dispatch: Dispatch, error: NotNow) -> None:
        """Let the medium rest when it is not one recipient who cannot be served.

        Endpoints are servers of their own: some that are away say nothing of the others.
        """
        if dispatch.endpoint_id is not None:
            return
        self._unable.add(dispatch.recipient)
        if len(self._unable) >= PATIENCE:
            self._unable.clear()
            self._rest(error.seconds, error)

    def _rest(self, seconds: float, error: Exception) -> None:
        self._rests_until = time.monotonic() + seconds
        logger.warning(
            "Nothing can be sent by %s at present (%s); it will be tried again in %.0f s.",
            *(self.medium, type(error).__name__, seconds),
        )

    def _open(self) -> bool:
        if not self._is_open:
            try:
                self._backend.open()
            except Exception as error:
                logger.debug("%s could not be opened.", self.medium, exc_info=error)
                self._rest(error.seconds if isinstance(error, NotNow) else REST, error)
                return False
            self._is_open = True
        return True

    def _fit(self, taken: int, dealt_with: Sent, seconds: float) -> None:
        """Let the next batch take about as long as it should."""
        if seconds > LONG or dealt_with.total() < taken:
            self._size = max(SMALLEST, self._size // 2)
        elif seconds < SHORT and taken >= self._size:
            self._size = min(LARGEST, self._size * 2)


def _postponed(dispatch: Dispatch, until: datetime, error: str, reason: str = "") -> Mark:
    return Mark(
        dispatch,
        DispatchState.WAITING,
        due_at=until,
        attempts=dispatch.attempts,
        error=error,
        reason=reason,
    )


def _dead(dispatch: Dispatch, error: Exception, attempts: int, reason: str = "") -> Mark:
    text = _text(error)
    return Mark(dispatch, DispatchState.DEAD, attempts=attempts, error=text, reason=reason)


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
