"""docs/how-to/retention.md, run."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_notify.models import Notification
from tests.docs.conftest import Example

pytestmark = pytest.mark.django_db


def test_a_person_can_be_told_and_forgotten(example: Example, alice: Any, fill: Any) -> None:
    fill(alice)

    told = example("forget").told

    assert [one["message"] for one in told["notifications"]] == ["Number 0"]
    assert not Notification.objects.exists()
