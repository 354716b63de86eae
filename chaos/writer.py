"""A process that notifies people, and keeps a ledger of it.

    python -m chaos.writer LEDGER NAME

It reads words from its standard input: "go" and "rest"; "die after commit", which kills it right
after the commit of its next notification, before anything is delivered; and "die after chunk",
after the commit of the next chunk, before anybody is told. It says "resting" when it rests.

Each notification is two lines of the ledger: before it is sent ("begun"), and after ("done",
"rolled back" or "unknown"). Its message is different from all others. One without a second line is
as unknown as one whose database has not answered.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from typing import Any

import django

PAUSE = 0.06
"""Seconds between two notifications."""


class Ledger:
    """A file of JSON lines, each of which is written before anything else happens."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def write(self, **entry: Any) -> None:
        """Add a line."""
        os.write(self._file, json.dumps(entry).encode() + b"\n")


class Orders:
    """What the standard input said last."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.die = ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            word = line.strip()
            if word == "go":
                self.go.set()
            elif word == "rest":
                self.go.clear()
            elif word.startswith("die "):
                self.die = word
        os._exit(0)


class Writer:
    """Notifies somebody of something, again and again."""

    def __init__(self, ledger: Ledger, name: str, people: list[Any]) -> None:
        self.ledger = ledger
        self.name = name
        self.people = people
        self.chance = random.Random(name)
        self.count = 0

    def write(self, orders: Orders) -> None:
        """Send one notification, or two in one transaction, to some, many or all people."""
        size = self.chance.choice([1, 1, 2, 3, 5, len(self.people) - 1])
        to = self.chance.sample(self.people, size)
        lazily = self.chance.random() < 0.1
        messages = [self._message() for _ in range(self.chance.choice([1, 1, 1, 2]))]
        rolled_back = self.chance.random() < 0.1
        key = "town/letter" if self.chance.random() < 0.2 else "town/talk"
        names = [user.username for user in (self.people if lazily else to)]
        for message in messages:
            mailed = key == "town/letter"
            self.ledger.write(message=message, to=names, mailed=mailed, state="begun")
        try:
            self._send(key, messages, to, lazily, rolled_back, orders)
            state = "done"
        except RollBack:
            state = "rolled back"
        except Exception as error:
            print(f"{messages}: {error!r}", file=sys.stderr, flush=True)
            state = "unknown"
        for message in messages:
            self.ledger.write(message=message, state=state)

    def _message(self) -> str:
        self.count += 1
        return f"{self.name} says {self.count}"

    def _send(
        self,
        key: str,
        messages: list[str],
        to: list[Any],
        lazily: bool,
        rolled_back: bool,
        orders: Orders,
    ) -> None:
        from django.db import transaction

        from realtime_notify import EVERYONE, notify

        audience: dict[str, Any] = {"recipients": to}
        if lazily:
            audience = {"recipients": EVERYONE, "lazy": True}
        with transaction.atomic():
            if orders.die == "die after commit":
                transaction.on_commit(_die)  # the first of all that is done then
            for message in messages:
                notify(message, key, **audience)
            if rolled_back:
                raise RollBack


def _die_after_chunk(orders: Orders) -> None:
    """Have the next push kill this process, if it is ordered to."""
    from realtime_notify.wire import push

    def put(*arguments: Any, **options: Any) -> None:
        if orders.die == "die after chunk":
            _die()
        pass_on(*arguments, **options)

    pass_on, push.put = push.put, put


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class RollBack(Exception):
    """The transaction shall not be."""


def main(path: str, name: str) -> None:
    """Write until the standard input ends."""
    django.setup()
    from django.contrib.auth import get_user_model
    from django.db import close_old_connections

    writer = Writer(Ledger(path), name, list(get_user_model().objects.order_by("pk")))
    orders = Orders()
    _die_after_chunk(orders)
    print("ready", flush=True)
    while True:
        if not orders.go.is_set():
            print("resting", flush=True)
            orders.go.wait()
        close_old_connections()  # as a request does
        writer.write(orders)
        time.sleep(PAUSE)


if __name__ == "__main__":
    main(*sys.argv[1:3])
