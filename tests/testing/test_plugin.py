"""The pytest plugin, as a project's tests meet it."""

from __future__ import annotations

import pytest

from realtime_notify import budgets
from realtime_notify.wire.protocol import ProtocolError


@pytest.mark.parametrize("test", ["one", "another"])
def test_no_test_pays_for_the_requests_of_another(settings, test):
    settings.REALTIME_NOTIFY = {"REQUESTS_PER_MINUTE": 1}

    budgets.charge_request(1)

    with pytest.raises(ProtocolError):
        budgets.charge_request(1)
