"""The inboxes of the gallery, and what is in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.templatetags.static import static
from django.utils import timezone

from demo.gallery.frames import SIGNED_OUT
from realtime_notify import inbox, notify
from realtime_notify.models import Event, Notification

WORD = "Donaudampfschifffahrtsgesellschaftskapitaenswitwenrentenversicherungsanstalt"
ADDRESS = "https://example.com/" + "a-path-without-an-end/" * 6


def username_of(name: str) -> str:
    """Return who has an inbox of the gallery."""
    return f"gallery-{name}"


def prepare() -> None:
    """Make the people of the gallery, and fill their inboxes, unless they are there."""
    for name, (_language, fill) in INBOXES.items():
        user, created = User.objects.get_or_create(
            username=username_of(name), defaults={"first_name": name.title()}
        )
        if created:
            user.set_unusable_password()
            user.save(update_fields=["password"])
            fill(user)


def _tell(user: User, message: str, key: str = "demo/hello", *, ago: int = 0, **more: Any) -> Event:
    """Notify somebody of what happened some minutes ago."""
    event = notify(message, key, recipients=[user], **more)
    then = timezone.now() - timedelta(minutes=ago)
    Event.objects.filter(pk=event.pk).update(created=then)
    return event


def _read(user: User, event: Event) -> None:
    inbox.mark_read(user, ids=[Notification.objects.get(user=user, event=event).pk])


def _fill_nothing(_user: User) -> None:
    pass


def _fill_one(user: User) -> None:
    _tell(user, "The kettle is on", ago=4, url="/somewhere/")


def _fill_day(user: User) -> None:
    """A day as people have it: pictures, actions, every level, repeats, something read."""
    people = {person.username: person for person in User.objects.filter(username__in=_PICTURED)}

    def by(name: str) -> dict[str, Any]:
        picture = {"image": static(f"demo/people/{name}.svg")}
        return {"actor": people.get(name), "data": picture}

    old = [
        _tell(user, "Your export is ready", ago=1700, level="success", url="/somewhere/"),
        _tell(user, "Certificate renewed", "demo/deploy", ago=1500, level="success"),
    ]
    thread: dict[str, Any] = {"collapse_key": "review", "url": "/somewhere/"}
    _tell(user, "Alice replied to your review", "demo/comment", **thread, **by("alice"))
    _tell(
        user, "Bob replied to your review", "demo/comment", ago=190, **thread,
        description="“Good point about the retries. I moved them into the worker.”", **by("bob"),
    )  # fmt: skip
    _tell(
        user, "Disk of db-2 is 90 % full", "demo/alarm", ago=64, level="warning", url="/somewhere/"
    )
    for _ in range(3):
        _tell(
            user, "Nightly backup failed", "demo/alarm", ago=21, level="error", url="/somewhere/",
            description="No answer from the storage after 30 seconds.",
        )  # fmt: skip
    actions = [
        {"label": "Approve", "url": "/gallery/answer/", "method": "POST", "style": "primary"},
        {"label": "Decline", "url": "/gallery/answer/", "method": "POST"},
    ]
    alice = by("alice")
    _tell(
        user, "Alice asks to join the team", "demo/comment", ago=2, url="/somewhere/",
        actor=alice["actor"], data={**alice["data"], "actions": actions},
    )  # fmt: skip
    _tell(
        user, "Version 4.2 is live", "demo/deploy", level="success", url="/somewhere/",
        description="12 changes, no migrations.",
    )  # fmt: skip
    for event in old:
        _read(user, event)


@transaction.atomic
def _fill_many(user: User) -> None:
    for number in range(1, 131):
        _tell(user, f"Message {number}", ago=(131 - number) * 7, url="/somewhere/")


def _fill_words(user: User) -> None:
    """What has no place to break a line, and what has too many words."""
    _tell(user, "word " * 60, description="Many words. " * 40, level="warning", url="/somewhere/")
    _tell(user, ADDRESS, description=ADDRESS, level="error", url="/somewhere/")
    label = "A label of the greatest length a button may have, sixty....."[:60]
    actions = [
        {"label": label, "url": "/gallery/answer/", "method": "POST", "style": style}
        for style in ("primary", "danger")
    ]
    _tell(user, WORD, description=WORD * 2, data={"actions": actions}, url="/somewhere/")


def _fill_arabic(user: User) -> None:
    _tell(user, "تم تجديد الشهادة", "demo/deploy", ago=1500, level="success")
    _tell(user, "القرص db-2 ممتلئ بنسبة 90 %", "demo/alarm", ago=64, level="warning")
    _tell(
        user, "فشل النسخ الاحتياطي الليلي", "demo/alarm", ago=21, level="error", url="/somewhere/",
        description="لم يُجب الخادم backup-3 خلال 30 ثانية.",
    )  # fmt: skip
    actions = [
        {"label": "موافقة", "url": "/gallery/answer/", "method": "POST", "style": "primary"},
        {"label": "رفض", "url": "/gallery/answer/", "method": "POST"},
    ]
    picture = static("demo/people/alice.svg")
    _tell(
        user, "تطلب أليس الانضمام إلى الفريق", "demo/comment", ago=2, url="/somewhere/",
        data={"image": picture, "actions": actions},
    )  # fmt: skip


_PICTURED = ("alice", "bob")

INBOXES: dict[str, tuple[str, Callable[[User], None]]] = {
    "empty": ("", _fill_nothing),
    "one": ("", _fill_one),
    "day": ("", _fill_day),
    "many": ("", _fill_many),
    "words": ("", _fill_words),
    "arabic": ("ar", _fill_arabic),
    SIGNED_OUT: ("", _fill_nothing),
    "toasts": ("", _fill_nothing),
    "toasts-more": ("", _fill_nothing),
}
"""The language of each inbox, or "" for any, and its content, by name."""
