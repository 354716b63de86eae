"""`manage.py overdue`: the worker's health check."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from realtime_notify.models import Event


class Command(BaseCommand):
    """Ask the rows, which know better than the worker whether it works."""

    help = "Fails when an event should have been delivered a while ago and wasn't."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare how long a while is."""
        parser.add_argument("--seconds", type=float, default=60.0)

    def handle(self, *args: Any, **options: Any) -> None:
        """Count what is overdue."""
        limit = timezone.now() - timedelta(seconds=options["seconds"])
        overdue = Event.objects.due().filter(due_at__lt=limit).count()
        if overdue:
            raise CommandError(f"{overdue} events wait for delivery.")
        self.stdout.write("Nothing is overdue.")
