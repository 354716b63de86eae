"""The epoch, and what a server itself knows of its history."""

from __future__ import annotations

import psycopg
import pytest
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection

from realtime_notify.inbox.names import name_of, present_name
from realtime_notify.models import Epoch, epochs
from tests.processes import program
from tests.services import PostgreSQL

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_an_epoch_begins_when_it_is_told_and_no_two_are_the_same(alice):
    names = [present_name(alice.pk)]
    for _ in range(3):
        Epoch.objects.begin()
        names.append(present_name(alice.pk))

    assert len(set(names)) == 4
    assert present_name(alice.pk) == names[-1]
    assert Epoch.objects.count() == 1
    assert str(Epoch.objects.get()) == Epoch.objects.get().name


def test_a_database_that_is_made_or_emptied_begins_an_epoch_of_its_own(alice):
    Epoch.objects.all().delete()
    made = set()
    for _ in range(2):
        emit_post_migrate_signal(0, False, connection.alias)
        made.add(Epoch.objects.get().name)

    assert len(made) == 1  # migrating again changes nothing
    Epoch.objects.all().delete()  # as flush does, or a new file
    emit_post_migrate_signal(0, False, connection.alias)
    assert Epoch.objects.get().name not in made


def test_the_names_of_inboxes_differ_by_user_and_by_epoch():
    names = {name_of(user, epoch) for user in range(1000) for epoch in ("", "a", "b")}

    assert len(names) == 3000
    assert {len(name) for name in names} == {16}


class Standby(PostgreSQL):
    """A copy of the tests' own server that follows it, until it is promoted."""

    def prepare(self):
        self.run(
            *(program("pg_basebackup"), "--pgdata", str(self.directory / "data")),
            *("--host", "127.0.0.1", "--port", str(connection.settings_dict["PORT"])),
            *("--username", "postgres", "--write-recovery-conf", "--checkpoint", "fast"),
            "--no-sync",
        )


def told_by(server):
    """Return what a server tells of its history, asked in the database of this test."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        (name,) = cursor.fetchone()
    with psycopg.connect(server.url.replace("realtime_notify", name)) as direct:
        table = '"realtime_notify_epoch"'
        (told,) = direct.execute(epochs._QUESTION.format(table=table)[1:-1]).fetchone()
    return told


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL tells its history")
class TestPostgreSQL:
    """It tells by itself when it went back."""

    def test_a_role_without_any_rights_may_ask(self, alice):
        with connection.cursor() as cursor:
            cursor.execute("CREATE ROLE rn_plain NOLOGIN")
            cursor.execute("SET LOCAL ROLE rn_plain")
            cursor.execute(f"SELECT {epochs._QUESTION.format(table='pg_class')}")
            (told,) = cursor.fetchone()
            cursor.execute("RESET ROLE")

        cluster, _, timeline = told.split()
        assert cluster.isdecimal()
        assert timeline == "00000001"

    def test_a_promoted_standby_is_another_epoch_at_once(self):
        with Standby() as standby:
            following = told_by(standby)
            with psycopg.connect(standby.url.rpartition("/")[0] + "/postgres") as direct:
                direct.execute("SELECT pg_promote(wait => true)")

            promoted = told_by(standby)

        cluster, table, timeline = promoted.split()
        assert timeline == "00000002"
        assert following == f"{cluster} {table}"

    def test_a_table_from_a_dump_is_another_epoch(self, alice):
        before = present_name(alice.pk)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE realtime_notify_epoch RENAME TO old")
            cursor.execute("CREATE TABLE realtime_notify_epoch (LIKE old INCLUDING ALL)")

        assert present_name(alice.pk) != before

    def test_a_server_that_refuses_to_answer_is_not_asked_again(self, alice, monkeypatch, caplog):
        caplog.set_level("INFO")
        Epoch.objects.all().delete()
        monkeypatch.setattr(epochs, "_QUESTION", "(SELECT no_such_function('{table}'))")
        epochs._answers.cache_clear()
        try:
            assert present_name(alice.pk) == name_of(alice.pk, "/")
            Epoch.objects.begin()
            assert present_name(alice.pk) == name_of(alice.pk, f"{Epoch.objects.get().name}/")
        finally:
            epochs._answers.cache_clear()
        assert caplog.text.count("does not tell when it went back in time") == 1
