"""`manage.py notify_schema`: print how programs may speak with this site."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from realtime_notify.schemas import asyncapi, openapi

DOCUMENTS = {"asyncapi": asyncapi.document, "openapi": openapi.document}


class Command(BaseCommand):
    """Print a machine-readable description of the socket or of the HTTP API."""

    help = (
        "Prints how programs speak with this site, in JSON: the socket as an AsyncAPI 3.0 "
        "document, or the HTTP API as an OpenAPI 3.1 document."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare which document is wanted."""
        parser.add_argument("document", choices=sorted(DOCUMENTS), help="which description")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the document."""
        self.stdout.write(json.dumps(DOCUMENTS[options["document"]](), indent=2))
