"""Walking a whole table, a window of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models


def windows(model: type[models.Model], size: int) -> Iterator[list[Any]]:
    """Yield the primary keys of all rows, in their order, `size` at a time.

    No cursor stays open, so rows may be removed meanwhile.
    """
    pks = model._default_manager.order_by("pk").values_list("pk", flat=True)
    window = list(pks[:size])
    while window:
        yield window
        window = list(pks.filter(pk__gt=window[-1])[:size])
