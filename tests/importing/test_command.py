"""The command itself: its options, and where tables may lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connections
from django.db.utils import load_backend

from realtime_notify import is_subscribed
from realtime_notify.importing.job import ImportJob
from realtime_notify.importing.old_tables import OldTables
from realtime_notify.importing.readers import nyt
from realtime_notify.models import NotificationType
from tests.blog.models import Post
from tests.importing.inboxes import BEGAN, assert_sound
from tests.importing.nyt_rows import profile, subscription
from tests.importing.old_tables import (
    NytNotification,
    NytSettings,
    NytSubscription,
    NytType,
)

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

Import = Callable[..., str]


def test_an_invalid_key_is_replaced_or_chosen(importing: Import, alice: Any) -> None:
    subscription(profile(alice), "new comment!")

    printed = importing("nyt")

    (made,) = NotificationType.objects.all()
    assert made.key.startswith("new-comment~")
    assert f"renamed to {made.key} (such as new comment!)" in printed
    importing("nyt", "--key", "new comment!=comment/new")
    assert is_subscribed(alice, "comment/new")


def test_tables_may_have_another_prefix(importing: Import, alice: Any, settings: Any) -> None:
    settings.NYT_DB_TABLE_PREFIX = "elsewhere"

    with pytest.raises(CommandError, match="There is no table 'elsewhere_notificationtype'"):
        importing("nyt")

    subscription(profile(alice), "a")
    importing("nyt", "--prefix", "nyt")
    assert is_subscribed(alice, "a")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--table", "notification"), "'notification' is not of the form"),
        (("--batch-size", "0"), "at least 1"),
        (("--key", "a=not a key"), "contains"),
        (("--table", "notification=auth_permission"), "has no column"),
    ],
)
def test_wrong_options_are_named(importing: Import, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        importing("nyt", *arguments)


@pytest.fixture
def old_database(db: None, tmp_path: Path) -> Iterator[str]:
    """A database of its own, where the models have other content types."""
    options = {**connections["default"].settings_dict}
    options |= {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "old.sqlite3")}
    options |= {"OPTIONS": {}, "TEST": {}}
    connection = load_backend(options["ENGINE"]).DatabaseWrapper(options, "old_site")
    connection.connect()  # before it is known: tests may not open databases they did not declare
    connections.databases["old_site"] = options
    connections["old_site"] = connection
    with connections["old_site"].cursor() as cursor:
        cursor.execute("CREATE TABLE django_content_type (id integer, app_label text, model text)")
        cursor.execute("INSERT INTO django_content_type VALUES (4711, 'blog', 'post')")
    yield "old_site"
    connections["old_site"].close()
    del connections["old_site"]
    del connections.databases["old_site"]


def test_the_tables_may_be_in_another_database(
    importing: Import, alice: Any, old_database: str
) -> None:
    post = Post.objects.create(title="Spring")
    with connections[old_database].schema_editor() as editor:
        for table in (NytType, NytSettings, NytSubscription, NytNotification):
            editor.create_model(table)
    there = NytType.objects.using(old_database)
    there.create(key="a", content_type_id=4711)
    moments = {"created": BEGAN, "modified": BEGAN}
    mine = NytSettings.objects.using(old_database).create(user_id=alice.pk, **moments)
    NytSubscription.objects.using(old_database).create(
        settings_id=mine.pk, notification_type_id="a", object_id=str(post.pk), **moments
    )

    nyt.import_tables(ImportJob(OldTables(old_database, "nyt")))

    assert_sound()
    assert is_subscribed(alice, "a", post)
