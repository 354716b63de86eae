"""A process that writes to inboxes while others do.

    python -m tests.writer notify|read|broadcast|look FIRST LAST N

It waits for a line on its standard input, so that a test can let several begin at one moment, and
then does its work N times: notifies the people from FIRST to LAST in the order of their keys, marks
for them, looks at their inboxes, or sends a broadcast to the subscribers of "news".
"""

from __future__ import annotations

import logging
import sys

import django


def main(work: str, first: int, last: int, times: int) -> None:
    """Do the work of one process."""
    django.setup()
    from django.contrib.auth import get_user_model

    from realtime_notify import inbox, mark_read, notify

    people = list(get_user_model().objects.order_by("pk")[first:last])
    sys.stdin.readline()
    for number in range(times):
        if work == "notify":
            notify(f"Number {number % 7} from {first}", "load", recipients=people)
        elif work == "broadcast":
            notify(f"Broadcast {number} from {first}", "news", lazy=True)
        elif work == "look":
            for user in people:
                inbox.counts(user)
        else:
            for user in people:
                mark_read(user, upto=number)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    main(sys.argv[1], *(int(argument) for argument in sys.argv[2:5]))
