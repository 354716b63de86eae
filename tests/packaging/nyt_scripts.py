"""A site that uses django-nyt: its settings, and the scripts that run in it."""

from __future__ import annotations

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

# Prints what is in the tables of this package.
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

# Sends notifications by django-nyt while the recipe forwards them here, and prints the inbox.
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
