"""`manage.py notify`: send a notification from a shell, a cron job or a deploy script."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import router

from realtime_notify.models import Event, Level, Notification
from realtime_notify.publish import notify
from realtime_notify.wire import push

FLUSH_TIMEOUT = 5.0
"""Seconds to wait for the push to reach the channel layer."""

MAX_NAMES = 10


class Command(BaseCommand):
    """Send one notification, to named users or to the subscribers of its type."""

    help = (
        "Sends a notification to the users named with --to or, without --to, to the subscribers "
        "of KEY."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments of `notify()` that a shell can pass."""
        parser.add_argument("key", metavar="KEY", help="the notification type, such as blog/new")
        parser.add_argument("message", metavar="MESSAGE", help="the text, without markup")
        parser.add_argument(
            "--to",
            nargs="+",
            action="extend",
            metavar="USERNAME",
            help="the recipients, subscribed or not; repeatable",
        )
        parser.add_argument("--url", help="the page to open on a click: a path or an http(s) URL")
        parser.add_argument(
            "--level", choices=Level.values, help="the urgency (default: the type's)"
        )
        parser.add_argument("--data", metavar="JSON", help="any data for the browser")
        parser.add_argument("--actor", metavar="USERNAME", help="the user who caused it")
        parser.add_argument("--description", default="", help="a longer text")
        parser.add_argument(
            "--lazy",
            action="store_true",
            default=None,
            help="make it a broadcast: one row for everybody, which inboxes take in when looked at",
        )
        parser.add_argument("--dedupe-key", help="send nothing if this key was sent before")
        parser.add_argument(
            "--collapse-key", help="merge with an unread notification that has this key"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, print who got it, and wait until the push has left this process."""
        to = options["to"]
        dedupe_key = options["dedupe_key"]
        repeated = dedupe_key and Event.objects.filter(dedupe_key=dedupe_key).exists()
        try:
            event = notify(
                options["message"],
                options["key"],
                recipients=None if to is None else [self._user("--to", name) for name in to],
                url=options["url"],
                level=options["level"],
                data=self._data(options["data"]),
                actor=self._user("--actor", options["actor"]) if options["actor"] else None,
                description=options["description"],
                dedupe_key=dedupe_key,
                collapse_key=options["collapse_key"],
                lazy=options["lazy"],
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        if repeated:
            self.stdout.write(
                f"Nothing sent: event {event.pk} already has the dedupe key {dedupe_key!r}."
            )
            return
        self._report(event, named=to is not None)
        if not push.flush(FLUSH_TIMEOUT):
            self.stderr.write(
                self.style.WARNING(
                    "The push did not reach the channel layer. The notification is stored; open "
                    "browsers will find it within seconds."
                )
            )

    def _user(self, option: str, name: str) -> AbstractBaseUser:
        model = get_user_model()
        try:
            users = model._default_manager.db_manager(router.db_for_write(model))
            return users.get_by_natural_key(name)
        except model.DoesNotExist:
            raise CommandError(
                f"{option}: there is no user with the {model.USERNAME_FIELD} {name!r}."
            ) from None

    def _data(self, text: str | None) -> Any:
        if text is None:
            return None
        try:
            return json.loads(text)
        except ValueError as error:
            raise CommandError(
                f"--data: {text!r} is not JSON ({error}). In a shell, quote it, as in "
                "--data '{\"order\": 42}'."
            ) from error

    def _report(self, event: Event, *, named: bool) -> None:
        event.refresh_from_db()
        delivered = Notification.objects.filter(event=event).select_related("user")
        count = delivered.count()
        if event.delivered_at is None:
            self.stdout.write(
                f"{event.type_id}: stored as event {event.pk} and delivered to {count} so far; "
                "notify_worker or the server will deliver the rest."
            )
        elif event.number is not None:
            self.stdout.write(
                self.style.SUCCESS(
                    f"{event.type_id}: broadcast number {event.number}; each inbox that it "
                    "concerns takes it in when it is next looked at."
                )
            )
        elif not count:
            why = "they are not active" if named else f"nobody active subscribes to {event.type_id}"
            self.stdout.write(self.style.WARNING(f"{event.type_id}: reached nobody; {why}."))
        else:
            names = sorted(map(_name, delivered.order_by("pk")[:MAX_NAMES]))
            more = f" and {count - len(names)} more" if count > len(names) else ""
            self.stdout.write(
                self.style.SUCCESS(f"{event.type_id}: sent to {', '.join(names)}{more}.")
            )
            if delivered.filter(occurrences__gt=1).exists():
                self.stdout.write(
                    "A repeat of an unread notification collapses into it: its count goes up, "
                    "the badge stays the same."
                )


def _name(notification: Notification) -> str:
    """Return who got a notification and, for a repeat, how many times."""
    name = notification.user.get_username()
    times = notification.occurrences
    return name if times == 1 else f"{name} (now {times} times)"
