"""`manage.py demo`: people and subscriptions to try the demo with."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from demo.gallery import inboxes
from demo.people import PEOPLE, prepare


class Command(BaseCommand):
    """Make alice, bob and carol, and subscribe them to a few types. May be run again."""

    help = "Makes the demo's people and subscriptions. Running it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing and say what that was."""
        created = prepare()
        inboxes.prepare()
        names = ", ".join(person.username for person in PEOPLE)
        if created:
            self.stdout.write(self.style.SUCCESS(f"Demo people made: {', '.join(created)}."))
        else:
            self.stdout.write(f"Demo people are there: {names}.")
