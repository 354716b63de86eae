"""Empty tables between tests that commit, quicker than Django does."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import TransactionTestCase

KEPT = {Permission._meta.db_table, ContentType._meta.db_table}


def empty_tables(_: TransactionTestCase) -> None:
    """Delete all rows but permissions and content types, which every test needs.

    Django truncates all tables and makes those rows anew, which takes longer than most tests. On
    PostgreSQL it also waits for whoever reads, and can end in a deadlock with them.
    """
    quote = connection.ops.quote_name
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - KEPT)
    with (
        connection.constraint_checks_disabled(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        for table in tables:
            cursor.execute(f"DELETE FROM {quote(table)}")
