"""The queue of messages by e-mail and other media, who works at it, and who gets no mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils import timezone

from realtime_notify.doctor.findings import Finding, error, warning, well
from realtime_notify.models import Dispatch, DispatchState, Medium, RestedAddress
from realtime_notify.monitoring.promises import MOST, Queue, overdue
from realtime_notify.outbox import backends

PART = "messages"
LATE = 600.0
"""Seconds after which a message should have left; deploy/monitoring/alerts.yml agrees."""


def examine() -> Iterator[Finding]:
    """Look at the queue of each medium, at the workers, and at addresses that rest."""
    found = overdue()
    for medium, queue in found.queues.items():
        yield _of_queue(medium, queue)
    yield from _of_others()
    if found.queues:
        yield _of_workers(found.queues, sum(found.finished.values()))
        yield from _of_rested_addresses()
    else:
        yield well(PART, "The setting MEDIA is empty: nothing leaves the site.")


def _of_queue(medium: str, queue: Queue) -> Finding:
    values = {"medium": medium, **queue._asdict()}
    says = f"By {medium} {queue.due:,} are due, the first of them for {queue.seconds:,.0f} s."
    if queue.seconds > LATE:
        advice = "See that `manage.py notify_worker` runs and reaches the server of the medium."
        return error(PART, says, advice, **values)
    if queue.dead:
        return warning(
            PART,
            f"{says} {queue.dead:,} were given up.",
            "The admin shows the last error of each, and sends them again.",
            **values,
        )
    return well(PART, says if queue.due else f"By {medium} nothing is due.", **values)


def _of_others() -> Iterator[Finding]:
    """Look for messages of media that are no longer in the setting: nobody sends them."""
    waiting = Dispatch.objects.filter(state=DispatchState.WAITING)
    for medium in Medium.objects.exclude(name__in=backends()).values_list("name", flat=True):
        if count := waiting.filter(medium=medium).order_by().values("pk")[:MOST].count():
            yield error(
                PART,
                f"{count:,} messages wait for the medium {medium!r}, which no entry of the "
                "setting MEDIA has.",
                "Put its class back into REALTIME_NOTIFY['MEDIA'], or drop them in the admin.",
                medium=medium,
                count=count,
            )


def _of_workers(queues: Mapping[str, Queue], finished: int) -> Finding:
    """Say what tells of a worker: leases that it holds, messages that it has just sent.

    A worker with nothing to do leaves no trace, and none is needed where nothing is due.
    """
    now = timezone.now()
    held = Dispatch.objects.filter(
        state=DispatchState.WAITING, due_at__lte=now, claimed_until__gt=now
    ).order_by()
    tokens = held.values_list("claimed_by", flat=True).distinct()[:MOST]
    workers = sorted({token.rpartition(":")[0] for token in tokens})
    values = {"workers": workers, "finished": finished}
    if workers:
        return well("worker", f"At work now (host:process): {', '.join(workers)}.", **values)
    if finished:
        return well("worker", f"{finished:,} messages left within the last minute.", **values)
    longest = max(queue.seconds for queue in queues.values())
    if longest > 60:
        return error(
            "worker",
            f"No worker sends: messages have been due for {longest:,.0f} s, nobody holds them, "
            "and none left within the last minute.",
            "Run `manage.py notify_worker`, under a process manager that starts it again.",
            **values,
        )
    return well("worker", "Nothing has waited for a worker, so nothing tells of one.", **values)


def _of_rested_addresses() -> Iterator[Finding]:
    count = RestedAddress.objects.resting().count()
    says = f"{count:,} addresses rest and get no mail, since they bounced or complained."
    yield well("messages", says if count else "No address rests.", resting=count)
