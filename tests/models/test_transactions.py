from __future__ import annotations

import pytest
from django.db import IntegrityError, OperationalError

from realtime_notify.models.transactions import retried


class Flaky:
    """A transaction that fails with each of these errors before it succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.runs = 0

    def __call__(self) -> str:
        self.runs += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def test_a_transaction_that_succeeds_runs_once() -> None:
    transaction = Flaky()

    assert retried(transaction, "It", tries=3, errors=(IntegrityError,)) == "done"
    assert transaction.runs == 1


def test_a_transaction_that_is_rolled_back_runs_again_and_says_so(caplog) -> None:
    transaction = Flaky(OperationalError("deadlock detected"))

    assert retried(transaction, "A chunk", tries=3, errors=(OperationalError,)) == "done"
    assert "A chunk was rolled back: deadlock detected; trying again." in caplog.text


def test_the_last_failure_is_raised() -> None:
    transaction = Flaky(IntegrityError("1"), IntegrityError("2"), IntegrityError("3"))

    with pytest.raises(IntegrityError, match="3"):
        retried(transaction, "It", tries=3, errors=(IntegrityError,))


def test_an_error_that_another_try_would_not_mend_is_raised_at_once() -> None:
    transaction = Flaky(OperationalError("no such table"))

    with pytest.raises(OperationalError):
        retried(transaction, "It", tries=3, errors=(IntegrityError,))
    assert transaction.runs == 1
