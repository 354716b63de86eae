"""The specimens, played to clients in another language."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from realtime_notify.testing.conformance.__main__ import main
from realtime_notify.testing.conformance.specimens import specimens
from tests.pages import labelled

SOURCE = labelled("small-client")
Run = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(source: str, *only: str) -> tuple[int, list[str]]:
        """Check a client in JavaScript; return the exit status and the report."""
        program = tmp_path / "client.mjs"
        program.write_text(source)
        chosen = [word for name in only for word in ("--only", name)]
        status = main(["client", *chosen, "--patience", "5", "--", "node", str(program)])
        return status, capsys.readouterr().out.splitlines()

    return run


def test_the_client_of_the_guide_agrees_with_every_specimen(run: Run) -> None:
    status, report = run(SOURCE)

    assert status == 0, report
    assert report[-1] == f"{len(specimens())} ok, 0 FAILED, 0 not checked"


@pytest.mark.parametrize(
    ("specimen", "right", "wrong"),
    [
        ("several_revs", "frame.from ?? ", ""),
        ("gap", '> my.rev) return "sync"', "< 0) return 0"),
        ("doubled_and_late", 'if (rev <= my.rev) return "ignored";', ""),
        ("heartbeat", 'rev === my.rev ? "ignored" : "sync"', '"ignored"'),
        ("other_inbox", "(frame.inbox ?? my.inbox) !== my.inbox", "false"),
        ("window", "item.seq < my.bottom", "false"),
        ("mark_all", "item.seq <= upto", "true"),
        ("snooze", "[archive, deleted, snooze])\n", "[archive, deleted])\n"),
    ],
)
def test_a_client_that_breaks_a_rule_is_found_out(
    run: Run, specimen: str, right: str, wrong: str
) -> None:
    assert right in SOURCE

    status, report = run(SOURCE.replace(right, wrong), specimen)

    assert status == 1
    assert report[0].startswith(f"FAILED      {specimen}: ")
    assert report[1].strip().startswith("Step ")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "The client has ended."),
        (
            'console.log("hello"); setInterval(() => {}, 1000)',
            "not a JSON object in one line: hello",
        ),
        ('console.log(\'{"outcome":"applied"}\'); setInterval(() => {}, 1000)', "not an object"),
    ],
)
def test_a_client_that_does_not_answer_is_told_what_is_missing(
    run: Run, source: str, reason: str
) -> None:
    status, report = run(source, "empty_inbox")

    assert status == 1
    assert reason in report[1]


def test_the_specimens_can_be_written_for_tests_of_other_clients(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "realtime_notify.testing.conformance", "specimens"]

    subprocess.run([*command, str(tmp_path / "new/specimens")], check=True)

    written = {path.stem: json.loads(path.read_text()) for path in tmp_path.rglob("*.json")}
    assert {name: story["name"] for name, story in written.items()} == {
        specimen.name: specimen.title for specimen in specimens()
    }


def test_the_specimens_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["specimens"]) == 0

    assert "gap: A frame from beyond my rev makes me ask" in capsys.readouterr().out
