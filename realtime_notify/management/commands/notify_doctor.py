"""`manage.py notify_doctor`: look at a live installation, and say what is wrong and what to do."""

from __future__ import annotations

import json
import sys
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser

from realtime_notify.doctor import Finding, Severity, examine
from realtime_notify.wire import push

FLUSH_TIMEOUT = 5.0  # seconds


class Command(BaseCommand):
    """Examine this installation; the exit status is the worst severity."""

    help = (
        "Looks at a live installation, part by part, and says what is wrong and what to do. "
        "Exits with 0 when all is well, 1 after a warning, 2 after an error. It changes nothing "
        "without --repair."
    )

    # They are a part of what is looked at.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what to look at, and whether to mend it."""
        parser.add_argument(
            "--url",
            help="where the site is, such as https://example.com (default: the setting BASE_URL)",
        )
        parser.add_argument("--json", action="store_true", help="print JSON, for programs")
        parser.add_argument(
            "--repair",
            action="store_true",
            help="mend wrong counters of inboxes; open browsers follow",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each finding as soon as it is known, and exit with the worst severity."""
        url = options["url"]
        parts = urlsplit(url or "https://example.com")
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise CommandError(f"--url must begin with http:// or https://, not {url!r}.")
        findings = []
        for finding in examine(url=url, repair=options["repair"]):
            findings.append(finding)
            if not options["json"]:
                self._print(finding)
        push.flush(FLUSH_TIMEOUT)
        worst = max(finding.severity for finding in findings)
        if options["json"]:
            rows = [finding.as_json() for finding in findings]
            report = {"severity": worst.name.lower(), "findings": rows}
            self.stdout.write(json.dumps(report, indent=2))
        if worst:
            sys.exit(int(worst))

    def _print(self, finding: Finding) -> None:
        style = {
            Severity.OK: self.style.SUCCESS,
            Severity.WARNING: self.style.WARNING,
            Severity.ERROR: self.style.ERROR,
        }[finding.severity]
        mark = style(f"{finding.severity.name.lower():<7}")
        self.stdout.write(f"{mark}  {finding.part:<8}  {finding.says}")
        if finding.advice:
            self.stdout.write(f"{'':19}→ {finding.advice}")
        self.stdout.flush()
