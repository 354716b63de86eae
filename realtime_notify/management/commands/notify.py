"""`manage.py notify`: send a notification from a shell, a cron job or a deploy script."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError, CommandParser

from realtime_notify.models import Event, Level, Notification
from realtime_notify.publish import notify
from realtime_notify.wire import push

FLUSH_TIMEOUT = 5.0
NAMES_SHOWN = 10


class Command(BaseCommand):
    """Send one notification, to people by name or to the subscribers of its type."""

    help = (
        "Sends a notification to the people named with --to, or, without it, to everybody who "
        "subscribes to KEY."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what `notify()` takes, as far as a shell can say it."""
        parser.add_argument("key", metavar="KEY", help="the notification type, such as blog/new")
        parser.add_argument("message", metavar="MESSAGE", help="what people read; plain text")
        parser.add_argument(
            "--to",
            nargs="+",
            action="extend",
            metavar="USERNAME",
            help="these people, subscribed or not; may be given several times",
        )
        parser.add_argument("--url", help="where a click leads: a path, or an http(s) address")
        parser.add_argument(
            "--level", choices=Level.values, help="how urgent it is (default: the type's own)"
        )
        parser.add_argument("--data", metavar="JSON", help="anything, for the browser to use")
        parser.add_argument("--actor", metavar="USERNAME", help="who did it")
        parser.add_argument("--description", default="", help="a longer text")
        parser.add_argument("--dedupe-key", help="send nothing if one with this key was sent")
        parser.add_argument("--collapse-key", help="unread ones with this key become one")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, say to whom, and wait until the push has left this process."""
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
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        if repeated:
            self.stdout.write(
                f"Nothing sent: event {event.pk} was sent with --dedupe-key {dedupe_key!r} before."
            )
            return
        self._report(event, named=to is not None)
        if not push.flush(FLUSH_TIMEOUT):
            self.stderr.write(
                self.style.WARNING(
                    "The channel layer did not take the push. The notification is stored, and "
                    "open browsers find it by themselves within seconds."
                )
            )

    def _user(self, option: str, name: str) -> AbstractBaseUser:
        model = get_user_model()
        try:
            return model._default_manager.get_by_natural_key(name)
        except model.DoesNotExist:
            raise CommandError(
                f"{option}: there is no user whose {model.USERNAME_FIELD} is {name!r}."
            ) from None

    def _data(self, text: str | None) -> Any:
        if text is None:
            return None
        try:
            return json.loads(text)
        except ValueError as error:
            raise CommandError(
                f"--data: {text!r} is not JSON ({error}). In a shell, quote it such as "
                "--data '{\"order\": 42}'."
            ) from error

    def _report(self, event: Event, *, named: bool) -> None:
        event.refresh_from_db()
        reached = Notification.objects.filter(event=event).select_related("user")
        count = reached.count()
        if event.delivered_at is None:
            self.stdout.write(
                f"{event.type_id}: event {event.pk} is stored; {count} reached so far, the rest "
                "follows from notify_worker or the server."
            )
        elif not count:
            why = "they are not active" if named else f"nobody active subscribes to {event.type_id}"
            self.stdout.write(self.style.WARNING(f"{event.type_id}: reached nobody; {why}."))
        else:
            names = sorted(one.user.get_username() for one in reached.order_by("pk")[:NAMES_SHOWN])
            more = f" and {count - len(names)} more" if count > len(names) else ""
            self.stdout.write(
                self.style.SUCCESS(f"{event.type_id}: sent to {', '.join(names)}{more}.")
            )
