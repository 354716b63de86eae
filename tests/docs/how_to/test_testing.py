"""docs/how-to/testing.md, run."""

from __future__ import annotations

import unittest
from typing import Any

import pytest

from tests.docs.conftest import Names
from tests.pages import labelled


@pytest.mark.django_db
def test_the_test_case_passes() -> None:
    names: Names = {"__name__": "example"}
    exec(labelled("testcase"), names)
    result = unittest.TestResult()

    unittest.defaultTestLoader.loadTestsFromTestCase(names["OrderTests"]).run(result)

    assert result.testsRun == 1
    assert result.wasSuccessful(), result.failures + result.errors


def test_the_test_with_a_fixture_passes(names: Names, notifications_sent: Any) -> None:
    exec(labelled("fixture"), names)

    names["test_a_customer_is_thanked"](notifications_sent, names["customer"])


@pytest.mark.django_db(transaction=True)
async def test_the_test_with_a_client_passes(names: Names, notify_client: Any) -> None:
    exec(labelled("client"), names)

    await names["test_the_badge_follows"](notify_client, names["customer"])


def test_the_test_in_the_simulator_passes(names: Names) -> None:
    exec(labelled("simulator"), names)

    names["test_my_client_shows_its_inbox_whatever_goes_wrong"]()
