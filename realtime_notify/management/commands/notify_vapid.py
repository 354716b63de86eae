"""`manage.py notify_vapid`: make the key by which push services know this site."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from realtime_notify.conf import settings
from realtime_notify.media.webpush import vapid


class Command(BaseCommand):
    """Print the settings of Web Push, with a new key."""

    help = (
        "Makes a key pair for Web Push and prints it as entries of REALTIME_NOTIFY. Make one for "
        "each site, and keep it: with another key, all browsers have to subscribe again."
    )

    # The check that there is a key sends people here.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare how push services reach the site's owner."""
        parser.add_argument(
            "--subject",
            default="mailto:you@example.com",
            help="how push services reach you: mailto:ADDRESS or an https URL",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the lines, and what is to be known about them."""
        if not vapid.is_installed():
            raise CommandError(f"pywebpush is not installed. {vapid.INSTALL}")
        subject = options["subject"]
        if not vapid.is_subject(subject):
            raise CommandError(
                f"{subject!r} is no way to reach you. Pass --subject mailto:ADDRESS, or an https "
                "URL."
            )
        self.stdout.write(f'"VAPID_PRIVATE_KEY": "{vapid.generate()}",')
        self.stdout.write(f'"VAPID_SUBJECT": "{subject}",')
        self.stderr.write("Put these lines into REALTIME_NOTIFY; the first one is a secret.")
        if settings.VAPID_PRIVATE_KEY:
            self.stderr.write(
                "The settings have a key already. Browsers that subscribed with it get no more "
                "pushes under another, until their owners open the site again."
            )
