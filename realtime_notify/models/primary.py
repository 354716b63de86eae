"""Reading from the primary database, where a router sends other reads to replicas.

A replica lags: it lacks what was committed a moment ago, and never has what the open transaction
wrote. Nearly every read of our tables decides a write, or answers somebody who has just written,
so all of them go to the primary. `using()` sends a query to a replica all the same.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.db import models

Row = TypeVar("Row", bound=models.Model)


def on_primary(rows: models.QuerySet[Row, Any]) -> models.QuerySet[Row, Any]:
    """Return a queryset that reads from the database that its model is written to.

    Unlike `using()` with the alias of that database, this leaves the queryset free to become a part
    of a query on any other.
    """
    found = rows.all()
    found._for_write = True  # type: ignore[attr-defined]
    return found


def all_users() -> models.QuerySet[Any]:
    """Return all users, inactive ones too, as the database has them that they are written to."""
    return on_primary(get_user_model()._base_manager.all())


class PrimaryManager(models.Manager[Row]):
    """A manager whose querysets read from the database that its model is written to."""

    def get_queryset(self) -> models.QuerySet[Row]:
        """Return all rows, as the primary has them."""
        return on_primary(super().get_queryset())


class PrimaryModel(models.Model):
    """The base of all our models: rows, and what they refer to, are read from the primary."""

    objects = PrimaryManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"  # for foreign keys, of all models that inherit from this one
