"""A process that writes while others do.

    python -m tests.writer WORK FIRST LAST N

It waits for a line on its standard input, so that a test can let several begin at one moment, and
then does its work for the people from FIRST to LAST in the order of their keys, N times.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import django

Work = Callable[[list[Any], str, int], None]


def notifying(people: list[Any], where: str, number: int) -> None:
    """Notify everybody of one of seven messages."""
    from realtime_notify import notify

    notify(f"Number {number % 7} from {where}", "load", recipients=people)


def notifying_at_once(people: list[Any], where: str, number: int) -> None:
    """Notify of two events in one transaction, with all the parts an event may have."""
    from realtime_notify import notify_many
    from realtime_notify.publish.drafts import Call

    call: Call = {"message": "Both", "key": "many", "recipients": people[:1]}
    call |= {"actors": people[:2], "filters": {"room": where}}
    again: Call = {**call, "dedupe_key": f"{where}-{number}"}
    notify_many([call, again])


def signalling(people: list[Any], where: str, number: int) -> None:
    """Send the signal, with several actors."""
    from realtime_notify.signals import notify

    notify.send(people[0], recipient=people[:1], verb="waved", actors=people[:2], from_=where)


def reading(people: list[Any], where: str, number: int) -> None:
    """Mark what has arrived as read, person by person."""
    from realtime_notify import mark_read

    for user in people:
        mark_read(user, upto=number)


def subscribing(people: list[Any], where: str, number: int) -> None:
    """Subscribe, pause, resume and unsubscribe."""
    from realtime_notify import subscribe, unsubscribe
    from realtime_notify.subscriptions import set_active

    for user in people[:2]:
        made = subscribe(user, "load", filters={"room": where}, media=["inbox"])
        set_active([made.pk], False)
        set_active([made.pk], True)
        unsubscribe(user, "load", filters={"room": where})


def choosing(people: list[Any], where: str, number: int) -> None:
    """Opt out and in, by function and by preference, and choose an interval."""
    from realtime_notify import opt_in, opt_out
    from realtime_notify.subscriptions.preferences import save_opt_outs
    from realtime_notify.subscriptions.profiles import choose

    for user in people[:2]:
        opt_out(user, "load", medium="email")
        opt_in(user, "load", medium="email")
        save_opt_outs(user, opted_out=["inbox"][: number % 2])
        choose(user, interval=(0, 1440)[number % 2])


def broadcasting(people: list[Any], where: str, number: int) -> None:
    """Send a broadcast to the subscribers of "news"."""
    from realtime_notify import notify

    notify(f"Broadcast {number} from {where}", "news", lazy=True)


def looking(people: list[Any], where: str, number: int) -> None:
    """Look at everybody's inbox, which takes broadcasts in."""
    from realtime_notify import inbox

    for user in people:
        inbox.counts(user)


def withdrawing(people: list[Any], where: str, number: int) -> None:
    """Notify everybody, and take it back while others still deliver, read and work in inboxes."""
    from realtime_notify import notify, withdraw

    withdraw(notify(f"Oops {number % 3} from {where}", "load", recipients=people))


def withdrawing_of_others(people: list[Any], where: str, number: int) -> None:
    """Withdraw one event of somebody else, and edit another, whatever their delivery does."""
    from realtime_notify import edit, withdraw
    from realtime_notify.exceptions import InvalidNotification
    from realtime_notify.models import Event

    events = list(Event.objects.not_withdrawn().order_by("-pk")[:4])
    for event in events[3:]:
        withdraw(event)
    for event in events[1:3]:
        with suppress(InvalidNotification):  # the other process may have withdrawn it
            edit(event, message=f"Edited {number} by {where}")


def doing_due_work(people: list[Any], where: str, number: int) -> None:
    """Do what is due, as a worker."""
    from realtime_notify.work import run_due

    run_due()


WORKS: dict[str, Work] = {
    "notify": notifying,
    "many": notifying_at_once,
    "signal": signalling,
    "read": reading,
    "subscribe": subscribing,
    "choose": choosing,
    "broadcast": broadcasting,
    "look": looking,
    "withdraw": withdrawing,
    "withdraw others": withdrawing_of_others,
    "work": doing_due_work,
}


def main(work: str, first: int, last: int, times: int) -> None:
    """Do the work of one process."""
    django.setup()
    from django.contrib.auth import get_user_model

    people = list(get_user_model().objects.order_by("pk")[first:last])
    sys.stdin.readline()
    for number in range(times):
        WORKS[work](people, str(first), number)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    main(sys.argv[1], *(int(argument) for argument in sys.argv[2:5]))
