"""The epoch: which of its histories a database is telling."""

from __future__ import annotations

import logging
import secrets
from functools import cache
from typing import Any, ClassVar

from django.apps import apps as installed
from django.apps.registry import Apps
from django.db import DatabaseError, OperationalError, connections, models, router, transaction
from django.db.models import Func, Subquery, TextField, Value
from django.db.models.functions import Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from realtime_notify.models.primary import PrimaryManager, PrimaryModel

logger = logging.getLogger(__name__)

LENGTH = 16  # characters


class EpochManager(PrimaryManager["Epoch"]):
    """Reads the epoch, and begins a new one."""

    def present(self) -> Concat:
        """Return the present epoch as an expression, for queries that read something else."""
        row = self.filter(pk=self.model.ONLY_ROW)
        begun = Coalesce(Subquery(row.values("name")), Value(""), output_field=TextField())
        return Concat(begun, Value("/"), _History(), output_field=TextField())

    def begin(self) -> None:
        """Begin a new epoch. Its name is random: a counter would be restored as well."""
        self.update_or_create(pk=self.model.ONLY_ROW, defaults={"name": _random_name()})

    def begin_first(self) -> None:
        """Begin the first epoch of a database, unless it has one."""
        self.get_or_create(pk=self.model.ONLY_ROW, defaults={"name": _random_name()})


class Epoch(PrimaryModel):
    """One row, whose primary key is 1: the name of the present epoch.

    A database that was restored from a backup goes on from an earlier point, and gives numbers a
    second time that browsers know from the first. `manage.py notify_restored` begins a new epoch,
    so that they notice. `migrate` begins the first one, and `flush` another: a database that was
    made anew counts from the start, and browsers may know the numbers of the old one.
    """

    ONLY_ROW = 1

    name = models.CharField(_("name"), max_length=LENGTH)

    objects: ClassVar[EpochManager] = EpochManager()

    class Meta:
        verbose_name = _("epoch")
        verbose_name_plural = _("epochs")

    def __str__(self) -> str:
        return self.name


def begin_first_epoch(*, using: str, apps: Apps = installed, **kwargs: object) -> None:
    """Begin the epoch of a database that was made or emptied. Receiver of `post_migrate`."""
    # The model does not exist after a migration back to zero.
    exists = "epoch" in apps.all_models["realtime_notify"]
    if exists and router.allow_migrate_model(using, Epoch):
        Epoch.objects.db_manager(using).begin_first()


def _random_name() -> str:
    return secrets.token_urlsafe(LENGTH)[:LENGTH]


class _History(Func):
    """What the server itself knows of its history; empty where it knows nothing.

    PostgreSQL has an identifier for each cluster, and a timeline that changes when a standby is
    promoted or a point in time is recovered. A dump that is restored makes tables anew.
    """

    output_field = TextField()
    template = "''"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Ask, unless it has once refused to answer."""
        if _answers(connection.alias):
            table = connection.ops.quote_name(Epoch._meta.db_table)
            context["template"] = _QUESTION.format(table=table)
        return self.as_sql(compiler, connection, **context)


_QUESTION = """\
(SELECT concat_ws(
    ' ', system_identifier, '{table}'::regclass::oid,
    CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END
) FROM pg_control_system())"""


@cache
def _answers(alias: str) -> bool:
    """Return whether a server may be asked; some that speak PostgreSQL's language refuse."""
    try:
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute(f"SELECT {_QUESTION.format(table='pg_class')}")
    except OperationalError:
        raise  # the server is not there, and has not refused
    except DatabaseError as error:
        logger.info("The database does not tell when it went back in time: %s", error)
        return False
    return True
