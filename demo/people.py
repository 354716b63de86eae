"""The three people of the demo, and what they are interested in."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Permission, User

from realtime_notify import notify, subscribe
from realtime_notify.models import Level, NotificationType, TypeGroup


@dataclass(frozen=True)
class Person:
    """Somebody the visitor can be."""

    username: str
    role: str
    interests: tuple[str, ...]
    is_staff: bool = False


PEOPLE = (
    Person("alice", "ships things", ("demo/hello", "demo/deploy", "demo/alarm")),
    Person("bob", "comments on things", ("demo/hello", "demo/comment")),
    Person("carol", "sees the admin too", ("demo/hello", "demo/alarm"), is_staff=True),
)
MAIL_DELAY = 10  # seconds; whoever watches a demo does not wait for a minute
BY_USERNAME = {person.username: person for person in PEOPLE}

TYPES = (
    ("demo/hello", "Hello", Level.INFO, "Somebody says hello."),
    ("demo/comment", "Comment", Level.INFO, "Somebody commented on your page."),
    ("demo/deploy", "Deployment", Level.SUCCESS, "A release went out."),
    ("demo/alarm", "Alarm", Level.ERROR, "Something needs you now."),
)


def prepare() -> list[str]:
    """Make the people, the types and the subscriptions that do not exist yet.

    Returns:
        The names of the people who are new.
    """
    for key, label, level, description in TYPES:
        NotificationType.objects.get_or_create(
            key=key,
            defaults={
                "label": label,
                "group": TypeGroup.objects.get_or_create(name="demo", defaults={"label": "Demo"})[
                    0
                ],
                "level": level,
                "description": description,
                "self_service": True,
                "delay": MAIL_DELAY,
            },
        )
    return [person.username for person in PEOPLE if _prepare_person(person)]


def _prepare_person(person: Person) -> bool:
    user, created = User.objects.get_or_create(
        username=person.username,
        defaults={
            "first_name": person.username.title(),
            "email": f"{person.username}@example.com",
            "is_staff": person.is_staff,
        },
    )
    for key in person.interests:
        subscribe(user, key)
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    if person.is_staff:
        # To look around in the admin, not to change anything there.
        user.user_permissions.set(
            Permission.objects.filter(
                content_type__app_label="realtime_notify", codename__startswith="view_"
            )
        )
    notify(
        f"Welcome, {person.username.title()}",
        "demo/hello",
        recipients=[user],
        description="This bell is live. Open a second window and send yourself something.",
        level=Level.SUCCESS,
        dedupe_key=f"demo/welcome/{person.username}",
    )
    return created
