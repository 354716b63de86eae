"""Mails to look at: `python -m tests.browser.mails DIRECTORY` writes them as HTML files there.

Each kind of mail is written in each language. The browser's tests open and photograph them.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "de", "ar")
KINDS = ("single", "digest")
SITE = {
    "MEDIA": ["email"],
    "BASE_URL": "https://example.com",
    "SITE_NAME": "Acme Workshop",
}
LONG = "Averylongtokenwithoutanyspace" * 6
LATIN = (
    (
        "docs",
        "info",
        "Onboarding guide",
        "Ann replied: “Section 3 needs an example”",
        "Two lines,\nand",
    ),
    ("docs", "success", "Onboarding guide", "Bob resolved your comment", ""),
    ("docs", "info", "Quarterly numbers", "Carol mentioned you", ""),
    ("deploy", "warning", "", "Deployment of web-42 took longer than usual", ""),
    ("deploy", "error", "", "Deployment of api-17 failed", LONG),
)
ARABIC = (
    (
        "docs",
        "info",
        "دليل البدء",
        "ردّت آن: «أعتقد أن القسم 3 يحتاج إلى مثال»",
        "هل يمكنك إلقاء نظرة؟",
    ),
    ("docs", "success", "دليل البدء", "Bob resolved your comment", ""),
    ("deploy", "warning", "", "استغرق نشر web-42 وقتًا أطول من المعتاد", ""),
    ("deploy", "error", "", "فشل نشر api-17", LONG),
)


def write_mails(directory: Path) -> None:
    """Write each kind of mail in each language."""
    from realtime_notify.media.email import compose

    for language in LANGUAGES:
        items = _items(ARABIC if language == "ar" else LATIN)
        for kind in KINDS:
            shown = items if kind == "digest" else items[:1]
            mail = compose(_message(shown, language))
            ((html, _),) = mail.alternatives
            (directory / f"{kind}-{language}.html").write_text(str(html))
            (directory / f"{kind}-{language}.txt").write_text(f"{mail.subject}\n\n{mail.body}\n")


def _items(told: tuple[tuple[str, str, str, str, str], ...]) -> list[Any]:
    from realtime_notify.models import Event, Notification, NotificationType, TypeGroup
    from realtime_notify.outbox import Item

    group = TypeGroup(name="docs", label="Documents")
    types = {
        "docs": NotificationType(key="docs/comment", label="Comments", group=group),
        "deploy": NotificationType(key="deploy/done", label="Deployments"),
    }
    begun = datetime(2026, 11, 20, 7, 15, tzinfo=UTC)
    items = []
    for pk, (key, level, target, message, description) in enumerate(told, 1):
        event = Event(
            pk=pk,
            type=types[key],
            level=level,
            message=message,
            description=description,
            target_text=target,
            target_id=target,
            target_url=f"/documents/{len(target)}/" if target else "",
            created=begun + timedelta(hours=3 * pk),
            url="/somewhere/",
        )
        items.append(Item(event, Notification(pk=pk, event=event, occurrences=pk % 3 + 1)))
    return items


def _message(items: list[Any], language: str) -> Any:
    from django.contrib.auth import get_user_model

    from realtime_notify.outbox import Message, Reader

    reader = Reader(language, "Europe/Berlin", "ann@example.com")
    interval = 1440 if len(items) > 1 else 0
    user = get_user_model()(pk=1, username="ann")
    return Message(7, "email", items, reader, user=user, interval=interval)


def main(directory: Path) -> None:
    """Set Django up with a database of its own, and write the mails."""
    os.environ["DATABASE_URL"] = f"sqlite:///{directory / 'mails.sqlite3'}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.REALTIME_NOTIFY = SITE
    django.setup()
    call_command("migrate", verbosity=0)
    write_mails(directory)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
