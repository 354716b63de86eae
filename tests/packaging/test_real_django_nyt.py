"""`manage.py notify_import nyt`, from tables that django-nyt itself has made and filled.

tests/importing/ has tables like its. Here the package is installed beside the wheel, its own calls
write the rows, and then this package comes and imports them.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.test_quickstart import Project
from tests.pages import labelled

PACKAGE = "django-nyt==1.6.0"

SETTINGS = """
from pathlib import Path

SECRET_KEY = "of a test"
ALLOWED_HOSTS = ["testserver"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django_nyt",
    "realtime_notify",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(__file__).parent / "db.sqlite3",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
ROOT_URLCONF = "site_urls"
"""

URLS = """
from django.urls import include, path

urlpatterns = [path("nyt/", include("django_nyt.urls"))]
"""

# Each minute something happens. No two rows are of the same moment, but those of one call are of
# one second, whatever the machine is doing meanwhile.
FILL = """
from datetime import datetime, timedelta, timezone as zones
from unittest import mock

import django

django.setup()

from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from django_nyt.conf import DAILY, NEVER, WEEKLY
from django_nyt.models import Notification, NotificationType, Settings
from django_nyt.utils import notify, subscribe, unsubscribe

now = datetime(2020, 3, 1, 12, tzinfo=zones.utc)


def tick():
    global now
    now += timedelta(milliseconds=1)
    return now


def minute(number):
    global now
    now = datetime(2020, 3, 1, 12, number, tzinfo=zones.utc)


def latest(user, message):
    return Notification.objects.filter(user=user, message=message).latest("pk")


def get(user, path):
    browser = Client()
    browser.force_login(user)
    return browser.get(f"/nyt/{path}")


mock.patch("django.utils.timezone.now", tick).start()

alice, bob, carol = [User.objects.create_user(name) for name in ("alice", "bob", "carol")]
spring, autumn = [Group.objects.create(name=name) for name in ("spring", "autumn")]
kind = ContentType.objects.get_for_model(Group)

alices = Settings.get_default_settings(alice)
weekly = Settings.objects.create(user=alice, interval=WEEKLY)
bobs = Settings.objects.create(user=bob, interval=DAILY, is_default=True)
carols = Settings.get_default_settings(carol)
carols.interval = NEVER
carols.save()

subscribe(alices, "comment/new", content_type=kind, object_id=spring.pk)
subscribe(bobs, "comment/new", content_type=kind, send_emails=False)
subscribe(weekly, "oven/hot")
subscribe(bobs, "oven/hot")
subscribe(carols, "welcome")
NotificationType.objects.filter(key="comment/new").update(label="Comments")

minute(1)
notify("On spring", "comment/new", target_object=spring, url="/spring/")
minute(2)
notify("On autumn", "comment/new", target_object=autumn, url="/autumn/")
minute(3)
for _ in range(3):
    notify("Oven 3 is hot", "oven/hot")
minute(4)
assert get(alice, f"goto/{latest(alice, 'On spring').pk}/").url == "/spring/"
minute(5)
read = get(bob, f"json/mark-read/{latest(bob, 'Oven 3 is hot').pk}/{latest(bob, 'On autumn').pk}/")
assert read.json() == {"success": True}
minute(6)
notify("Oven 3 is hot", "oven/hot")
minute(7)
notify("Welcome", "welcome", recipient_users=[carol])
unsubscribe("welcome", user=carol)
"""

LOOK = """
import json

import django

django.setup()

from realtime_notify.models import (
    DeliveryProfile, Event, Inbox, Notification, NotificationType, Subscription
)


def moment(value):
    return value and value.strftime("%H:%M")


print(json.dumps({
    "types": {
        one.key: [one.label, one.content_type and one.content_type.model]
        for one in NotificationType.objects.all()
    },
    "profiles": sorted(
        [one.user.username, one.interval, one.is_default] for one in DeliveryProfile.objects.all()
    ),
    "subscriptions": sorted(
        [
            one.user.username,
            one.type_id,
            str(one.target or ""),
            [medium.name for medium in one.media.all()],
            one.profile and one.profile.interval,
            moment(one.since),
        ]
        for one in Subscription.objects.all()
    ),
    "notifications": [
        [
            one.user.username,
            moment(one.event.created),
            one.event.type_id,
            one.event.message,
            one.event.url,
            one.occurrences,
            moment(one.read_at),
            one.subscription and one.subscription.type_id,
        ]
        for one in Notification.objects.order_by("user__username", "seq")
    ],
    "events": Event.objects.count(),
    "unread": {one.user.username: one.unread for one in Inbox.objects.all()},
}))
"""


FORWARD = """
import json

import django

django.setup()

import forwarding
from django.contrib.auth.models import User
from django_nyt.models import Notification, Settings
from django_nyt.utils import notify, subscribe

from realtime_notify import inbox

zoe = User.objects.create_user("zoe")
subscribe(Settings.get_default_settings(zoe), "wiki/edit")
for page in ("/spring/", "/autumn/", "/autumn/"):
    notify("Edited", "wiki/edit", url=page)
notify("Not hers", "wiki/move")
emailed = Notification.objects.get(user=zoe, url="/spring/")
emailed.is_emailed = True
emailed.save()

print(json.dumps([
    [item["key"], item["message"], item["url"], item["occurrences"]]
    for item in inbox.page(zoe)["put"]
]))
"""


@dataclass(frozen=True)
class Imported:
    """What two imports printed, and what was there after each of them."""

    printed: list[list[str]]
    there: list[dict[str, Any]]


@pytest.fixture(scope="module")
def bin_with_nyt(clean_bin: Path) -> Iterator[Path]:
    """Install django-nyt beside the wheel, and leave the environment as it was."""
    pip = [str(clean_bin / "pip"), "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-deps", PACKAGE], check=True)
    yield clean_bin
    subprocess.run([*pip, "uninstall", "--yes", PACKAGE.partition("==")[0]], check=True)


@pytest.fixture(scope="module")
def project(bin_with_nyt: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A site that uses django-nyt."""
    project = Project(tmp_path_factory.mktemp("nyt"), bin_with_nyt)
    project.environment["DJANGO_SETTINGS_MODULE"] = "site_settings"
    (project.directory / "site_settings.py").write_text(SETTINGS)
    (project.directory / "site_urls.py").write_text(URLS)
    for app in ("auth", "sessions", "django_nyt"):
        project.run("python", "-m", "django", "migrate", "-v0", app)
    return project


@pytest.fixture(scope="module")
def imported(project: Project) -> Imported:
    """Let a site use django-nyt, move it here, and import twice."""
    project.run("python", "-c", FILL)
    project.run("python", "-m", "django", "migrate", "-v0")
    printed, there = [], []
    for _ in range(2):
        printed.append(
            project.run("python", "-m", "django", "notify_import", "nyt", "--no-color").splitlines()
        )
        there.append(json.loads(project.run("python", "-c", LOOK)))
    return Imported(printed, there)


def test_the_two_packages_fit_each_other(bin_with_nyt: Path) -> None:
    subprocess.run([str(bin_with_nyt / "pip"), "check"], check=True)


def test_its_types_come(imported: Imported) -> None:
    assert imported.there[0]["types"] == {
        "comment/new": ["Comments", "group"],
        "oven/hot": ["", None],
        "welcome": ["", None],
        "nyt/unknown": ["", None],
    }


def test_its_settings_become_delivery_profiles(imported: Imported) -> None:
    assert imported.there[0]["profiles"] == [
        ["alice", 0, True],
        ["alice", 10080, False],
        ["bob", 1440, True],
        ["carol", -1, True],
    ]


def test_its_subscriptions_come_with_their_targets(imported: Imported) -> None:
    assert imported.there[0]["subscriptions"] == [
        ["alice", "comment/new", "spring", [], None, "12:00"],
        ["alice", "oven/hot", "", [], 10080, "12:00"],
        ["bob", "comment/new", "", ["inbox"], None, "12:00"],
        ["bob", "oven/hot", "", [], None, "12:00"],
    ]


def test_its_notifications_come_as_they_were(imported: Imported) -> None:
    comment, oven, hot = "comment/new", "oven/hot", "Oven 3 is hot"
    assert imported.there[0]["notifications"] == [
        # goto/ saved the row, which says when; json/mark-read/ only set the flag.
        ["alice", "12:01", comment, "On spring", "/spring/", 1, "12:04", comment],
        ["alice", "12:03", oven, hot, "", 4, None, oven],
        ["bob", "12:01", comment, "On spring", "/spring/", 1, None, comment],
        ["bob", "12:02", comment, "On autumn", "/autumn/", 1, "12:02", comment],
        ["bob", "12:03", oven, hot, "", 3, "12:03", oven],
        ["bob", "12:06", oven, hot, "", 1, None, oven],
        ["carol", "12:07", "nyt/unknown", "Welcome", "", 1, None, None],
    ]
    assert imported.there[0]["events"] == 5
    assert imported.there[0]["unread"] == {"alice": 1, "bob": 2, "carol": 1}


def test_the_import_says_what_it_did(imported: Imported) -> None:
    first, _second = imported.printed

    assert {
        "types: 4 new, 0 already here",
        "profiles: 4 new, 0 already here",
        "subscriptions: 4 new, 0 already here",
        "events: 5 new, 0 already here",
        "notifications: 7 new, 0 already here",
    } <= set(first)
    assert not [line for line in first if "Skipped" in line]


def test_a_second_import_adds_nothing(imported: Imported) -> None:
    _first, second = imported.printed

    counts = [line for line in second if "already here" in line]
    assert counts
    assert [line for line in counts if ": 0 new, " not in line] == []
    assert imported.there[1] == imported.there[0]


@pytest.mark.usefixtures("imported")
def test_its_notifications_are_forwarded_by_the_recipe(project: Project) -> None:
    (project.directory / "forwarding.py").write_text(labelled("nyt-forward"))

    newest_first = json.loads(project.run("python", "-c", FORWARD))

    assert newest_first == [
        ["wiki/edit", "Edited", "/autumn/", 2],
        ["wiki/edit", "Edited", "/spring/", 1],
    ]
