"""The cases of the Autobahn test suite."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conformance.autobahn import CASES, GROUPS, Verdict, play
from tests.conformance.deviations import DEVIATIONS
from tests.conformance.servers import SERVERS, Server


@pytest.fixture(scope="session")
def judge(
    running: Callable[[str], Server], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], dict[str, Verdict]]:
    """Return the verdicts on the server of a name. All cases are played when it is first asked."""
    judged: dict[str, dict[str, Verdict]] = {}

    def judge(name: str) -> dict[str, Verdict]:
        if name not in judged:
            judged[name] = play(running(name).url, tmp_path_factory.mktemp(f"autobahn-{name}"))
        return judged[name]

    return judge


@pytest.mark.parametrize("group", GROUPS, ids=GROUPS.get)
@pytest.mark.parametrize("name", SERVERS)
def test_a_server_passes_all_cases_but_those_it_is_known_to_fail(name, group, judge):
    verdicts = {
        number: verdict for number, verdict in judge(name).items() if number.split(".")[0] == group
    }

    assert len(verdicts) == CASES[group]
    failed = {number: verdict for number, verdict in verdicts.items() if not verdict.passed}
    assert failed.keys() == DEVIATIONS[name].keys() & verdicts.keys(), failed
