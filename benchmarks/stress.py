"""Processes that do everything at once, and what must be true of every inbox afterwards.

    python -m benchmarks.stress --database mariadb --processes 8 --seconds 60

Each process notifies, marks, archives, snoozes, deletes, subscribes and sweeps at random, as web
requests and workers do. No call may fail, and in the end all counters are exact, no two
notifications of an inbox share a `seq`, and nothing is left undelivered.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from benchmarks.delivery.ground import database

PEOPLE = 60
KEYS = ("stress/a", "stress/b", "stress/c")
SETTLE = 60.0  # seconds


def main(arguments: list[str]) -> int:
    """Run the processes on each database, and print what was wrong."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.stress",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", choices=["postgresql", "mariadb", "sqlite"], required=True)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child is not None:
        _work(options.child, options.seconds)
        return 0
    with database(options.database):
        _prepare()
        reports = _run(options)
        wrong = _settle() + list(_wrong())
    calls, errors = Counter[str](), Counter[str]()
    for report in reports:
        calls.update(report["calls"])
        errors.update(report["errors"])
    print(f"{options.database}: {calls.total():,} calls by {options.processes} processes: {calls}")
    for error, count in errors.most_common():
        print(f"  {count} times: {error}")
    for sentence in wrong:
        print(f"  {sentence}")
    if not errors and not wrong:
        print("  No call failed, all counters are exact, and nothing is undelivered.")
    return 1 if errors or wrong else 0


def _prepare() -> None:
    from django.contrib.auth.models import Group, User

    from realtime_notify import subscribe

    User.objects.bulk_create(User(username=f"user{n}", password="!") for n in range(PEOPLE))
    crowd = Group.objects.create(name="crowd")
    crowd.user_set.set(User.objects.filter(pk__lte=PEOPLE // 2))
    for user in User.objects.all():
        subscribe(user, random.choice(KEYS))
    subscribe(crowd, KEYS[0])


def _run(options: argparse.Namespace) -> list[dict[str, dict[str, int]]]:
    command = [sys.executable, "-m", "benchmarks.stress", "--database", options.database]
    command += ["--seconds", str(options.seconds)]
    children = [
        subprocess.Popen(
            [*command, "--child", str(number)], env=os.environ, stdout=subprocess.PIPE, text=True
        )
        for number in range(options.processes)
    ]
    return [json.loads(child.communicate()[0]) for child in children]


def _work(number: int, seconds: float) -> None:
    """Do things at random, and report how often each was done, and what failed."""
    import django

    django.setup()
    verbs = list(_verbs(random.Random(number)))
    calls, errors = Counter[str](), Counter[str]()
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        name, verb = random.choice(verbs)
        calls[name] += 1
        try:
            verb()
        except Exception as error:
            errors[f"{name}: {type(error).__name__}: {error}".splitlines()[0]] += 1
    print(json.dumps({"calls": calls, "errors": errors}))


def _verbs(chance: random.Random) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what a process may do, by name."""
    from django.contrib.auth.models import User
    from django.db import transaction
    from django.utils import timezone

    from realtime_notify import EVERYONE, inbox, notify, notify_many, subscribe, unsubscribe
    from realtime_notify.models import Notification
    from realtime_notify.work import run_due

    users = list(User.objects.order_by("pk"))

    def somebody() -> User:
        return chance.choice(users)

    def some(user: User) -> list[int]:
        rows = Notification.objects.filter(user=user).order_by("?")
        return list(rows.values_list("pk", flat=True)[: chance.randint(1, 5)])

    def key() -> str:
        return chance.choice(KEYS)

    def soon() -> Any:
        return timezone.now() + timedelta(seconds=chance.uniform(0.2, 3))

    def text() -> str:
        return f"Message {chance.randint(1, 50)}"

    def upto(user: User) -> int:
        return int(inbox.counts(user)["rev"])

    def in_a_view() -> None:
        """Save the user and mark something, in one transaction, as a view does."""
        user = somebody()
        with transaction.atomic():
            user.save(update_fields=["first_name"])
            inbox.mark_read(user, ids=some(user))
            notify(text(), key(), actor=user)

    def change(verb: Callable[..., Any]) -> Callable[[], Any]:
        def call() -> Any:
            user = somebody()
            return verb(user, ids=some(user))

        return call

    def change_all(verb: Callable[..., Any]) -> Callable[[], Any]:
        def call() -> Any:
            user = somebody()
            return verb(user, upto=upto(user))

        return call

    yield "notify subscribers", lambda: notify(text(), key())
    yield "notify with actor", lambda: notify(text(), key(), actor=somebody())
    yield "notify named", lambda: notify(text(), key(), recipients=chance.sample(users, 20))
    yield "notify later", lambda: notify(text(), key(), deliver_at=soon())
    yield "notify expiring", lambda: notify(text(), key(), expires_at=soon())
    yield "broadcast", lambda: notify(text(), key(), lazy=True)
    yield "broadcast to everyone", lambda: notify(text(), key(), recipients=EVERYONE, lazy=True)
    yield "collapse", lambda: notify(text(), key(), collapse_key=chance.choice("xy"))
    yield "dedupe", lambda: notify(text(), key(), dedupe_key=str(chance.randint(1, 2000)))
    yield (
        "notify_many",
        lambda: notify_many({"message": text(), "key": key()} for _ in range(5)),
    )
    for verb in (
        *(inbox.mark_read, inbox.mark_unread, inbox.archive, inbox.unarchive, inbox.delete),
    ):
        yield verb.__name__, change(verb)
    yield "snooze", change(lambda user, ids: inbox.snooze(user, ids=ids, until=soon()))
    yield "mark all read", change_all(inbox.mark_read)
    yield "mark seen", change_all(inbox.mark_seen)
    yield "page", lambda: inbox.page(somebody())
    yield "sync", lambda: inbox.sync(somebody(), 1)
    yield "subscribe", lambda: subscribe(somebody(), key())
    yield "unsubscribe", lambda: unsubscribe(somebody(), key())
    yield "view", in_a_view
    yield "run_due", run_due


def _settle() -> list[str]:
    """Do what is due until nothing is, and say what is left after a while."""
    from realtime_notify.models import Event, Notification
    from realtime_notify.work import run_due

    ends = time.monotonic() + SETTLE
    while time.monotonic() < ends:
        run_due()
        waiting = Event.objects.filter(due_at__isnull=False).count()
        snoozed = Notification.objects.filter(snoozed_until__isnull=False).count()
        if not waiting and not snoozed:
            return []
        time.sleep(0.5)
    failed = Event.objects.filter(due_at__isnull=False).values_list("pk", "attempts", "last_error")
    return [f"{waiting} events are undelivered and {snoozed} asleep: {list(failed[:5])}"]


def _wrong() -> Iterator[str]:
    """Yield a sentence for each inbox whose numbers are not those of its notifications."""
    from django.contrib.auth.models import User
    from django.db.models import F

    from realtime_notify import inbox
    from realtime_notify.models import Inbox, Notification

    for user in User.objects.all():
        inbox.page(user)
        rows = Notification.objects.filter(user=user)
        box = Inbox.objects.filter(pk=user.pk).first() or Inbox(pk=user.pk)
        unread = rows.unread().count()
        unseen = rows.unread().filter(seq__gt=box.seen).count()
        if (box.unread, box.unseen) != (unread, unseen):
            counted = f"{box.unread} and {box.unseen}"
            yield f"{user}: unread and unseen are {unread} and {unseen}, counted as {counted}."
        seqs = list(rows.values_list("seq", flat=True))
        if len(seqs) != len(set(seqs)):
            yield f"{user}: {len(seqs) - len(set(seqs))} notifications share a seq."
        if rows.filter(rev__gt=box.rev).exists() or rows.filter(rev__lt=F("seq")).exists():
            yield f"{user}: a notification is ahead of its inbox, or behind its own arrival."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
