"""`manage.py notify_forget`: hand over, and erase, what is stored about one person."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from realtime_notify.retention import export, forget
from realtime_notify.retention.people import jsonable
from realtime_notify.wire import push

FLUSH_TIMEOUT = 5.0  # seconds


class Command(BaseCommand):
    """Export a person as JSON; with --erase, erase them afterwards."""

    help = (
        "Writes everything that is stored about a user as JSON: notifications, subscriptions, "
        "opt-outs, profiles, what they have seen, events about them. With --erase, erases it "
        "afterwards."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare whom to forget, and how."""
        parser.add_argument("user", help="the primary key or the username")
        parser.add_argument(
            "--email",
            default="",
            metavar="ADDRESS",
            help="include the subscriptions and seen marks of this e-mail address",
        )
        parser.add_argument(
            "--output", type=Path, metavar="FILE", help="write there (default: standard output)"
        )
        parser.add_argument("--erase", action="store_true", help="erase it, once it is written")
        parser.add_argument(
            "--actor",
            action="store_true",
            help="with --erase, also blank their name and URL in events that others hold",
        )
        parser.add_argument("--noinput", action="store_true", help="erase without asking")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export, ask, erase."""
        if options["actor"] and not options["erase"]:
            raise CommandError("--actor blanks what --erase leaves; pass --erase as well.")
        user = _user(options["user"])
        self._write(user, options["email"], options["output"])
        if not options["erase"]:
            return
        if not options["noinput"] and not self._is_sure(user):
            raise CommandError("Nothing was erased.")
        done = forget(user, options["email"], snapshots=options["actor"])
        push.flush(FLUSH_TIMEOUT)
        told = ", ".join(f"{name.replace('_', ' ')}: {count:,}" for name, count in done.items())
        self.stderr.write(f"Erased {user} ({user.pk}): {told}.")

    def _write(self, user: Any, email: str, path: Path | None) -> None:
        pieces = jsonable(export(user, email))
        if path is None:
            for piece in pieces:
                self.stdout.write(piece, ending="")
            return
        try:
            with path.open("w", encoding="utf-8") as file:
                file.writelines(pieces)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error

    def _is_sure(self, user: Any) -> bool:
        self.stderr.write(f"Erase everything about {user} ({user.pk})? Type yes: ", ending="")
        self.stderr.flush()
        return sys.stdin.readline().strip() == "yes"


def _user(text: str) -> Any:
    """Find a user by primary key, or else by username."""
    users = get_user_model()._default_manager
    try:
        found = users.filter(pk=text).first()
    except (ValueError, ValidationError):
        found = None
    name = get_user_model().USERNAME_FIELD
    named = users.filter(**{name: text}).first()
    if found and named and found != named:
        raise CommandError(
            f"{text!r} is the primary key of {found} and the {name} of {named} ({named.pk}). Pass "
            "what only one of the two has."
        )
    found = found or named
    if found is None:
        raise CommandError(f"There is no user with the primary key or {name} {text!r}.")
    return found
