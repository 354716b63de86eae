"""`manage.py notify_why`: why somebody got an event, or didn't."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from realtime_notify.management.people import find_user
from realtime_notify.models import Event
from realtime_notify.why import why


class Command(BaseCommand):
    """Print what became of an event for a user, and what the rules say, for every medium."""

    help = (
        "Says of each medium whether a user got an event, through which subscription or group, "
        "and which rule kept it away. It changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the event and the user."""
        parser.add_argument("event", type=int, help="the primary key of the event")
        parser.add_argument("user", help="the primary key, the username or the e-mail address")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each medium."""
        event = Event.objects.select_related("type").filter(pk=options["event"]).first()
        if event is None:
            raise CommandError(f"There is no event {options['event']}.")
        for answer in why(event, find_user(options["user"])):
            self.stdout.write(str(answer))
