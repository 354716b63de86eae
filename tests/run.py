"""Everything `make test` runs, one step after the other, with one count at the end.

To run some of the steps only, name them:

    python -m tests.run check sqlite
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent
PYTHON = (sys.executable, "-m")
PYTEST = ("pytest", "-q", "--no-header")
# Playwright keeps an event loop running in its thread, so the browser has a run of its own.
WITHOUT_BROWSER = (*PYTEST, "--ignore=tests/browser")
JOURNEYS = "tests/browser/journeys"
# Packages, deployments, frames, the site, mail servers and the endings of sockets are the same
# whatever database the tests are given. They start processes and wait for them, so they have a step
# of their own.
SAME_EVERYWHERE = (
    "tests/conformance",
    "tests/packaging",
    "tests/deployment",
    "tests/docs/test_site.py",
    "tests/sending/test_smtp.py",
    *(f"tests/journeys/test_{name}.py" for name in ("endings", "floods", "large", "tokens")),
)
PYTHON_TESTS = (*WITHOUT_BROWSER, *(f"--ignore={path}" for path in SAME_EVERYWHERE))
# The same is true of these, which count towards the coverage.
DATABASE_TESTS = (*PYTHON_TESTS, "--ignore=tests/servers", "--ignore=tests/journeys/test_wire.py")


# SlipCover changes the code it measures, which costs a sixth of what tracing costs. The lines that
# are left run in servers and on other databases; `make coverage` shows branches as well.
OMITTED = ("realtime_notify/servers/daphne.py", "realtime_notify/servers/uvicorn.py")  # only there
LINES = (
    *(*PYTHON, "slipcover", "--source", "realtime_notify", "--omit", ",".join(OMITTED)),
    *("--skip-covered", "--fail-under", "97", "-m"),
)
# SlipCover is itself a plugin of pytest, which complains that it is imported before.
UNASSERTED = ("-W", "ignore::pytest.PytestAssertRewriteWarning")


def beside(*services: str) -> tuple[str, ...]:
    """Return the beginning of a command that runs beside the services."""
    return (*PYTHON, "tests.services", *services, "--", *PYTHON)


@dataclass
class Step:
    """One command, whose tests are counted from the JUnit report it writes, if it writes one.

    What runs alongside begins in its place and goes on beside the steps that follow, up to one that
    waits for all before it; its output is shown when it has ended.
    """

    title: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    report_option: str = "--junit-xml={}"
    alongside: bool = False
    after_all: bool = False


STEPS = {
    "check": Step(
        "Linters and types",
        ("make", "--no-print-directory", "check"),
        report_option="",
    ),
    "frontend": Step(
        "The frontend's unit tests",
        ("npm", "--prefix", "frontend", "test", "--", "--reporter=default", "--reporter=junit"),
        report_option="--outputFile.junit={}",
    ),
    # They wait more than they work, so they run beside all others.
    "processes": Step(
        "Servers, packages and deployments",
        (*PYTHON, *PYTEST, *SAME_EVERYWHERE),
        alongside=True,
    ),
    "postgresql": Step(
        "Python on PostgreSQL, users with a UUID",
        (*beside("postgresql"), *DATABASE_TESTS),
        {"RN_USER": "uuid"},
        alongside=True,
    ),
    "mariadb": Step(
        "SQL on MariaDB",
        (*beside("mariadb"), *DATABASE_TESTS, "-m", "sql"),
        alongside=True,
    ),
    "sqlite": Step(
        "Python on SQLite, and the lines it reaches",
        (*LINES, *PYTHON_TESTS, "-m", "not hypothesis", *UNASSERTED),
    ),
    # Measured, they would take longer, and reach hardly a line that the others do not.
    "properties": Step(
        "Properties on SQLite",
        (*PYTHON, *DATABASE_TESTS, "-m", "hypothesis"),
        alongside=True,
    ),
    "journeys": Step(
        "Journeys in three browser engines",
        (*PYTHON, *PYTEST, JOURNEYS),
        alongside=True,
        after_all=True,
    ),
    "browser": Step(
        "The browser",
        (*PYTHON, *PYTEST, "tests/browser", f"--ignore={JOURNEYS}"),
    ),
}


def count(report: Path) -> Counter[str]:
    """Return how many tests of a JUnit report passed, failed and were skipped."""
    counts: Counter[str] = Counter()
    if not report.exists() or not report.stat().st_size:
        return counts
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        tags = {child.tag for child in case}
        if tags & {"failure", "error"}:
            counts["failed"] += 1
        elif "skipped" in tags:
            counts["skipped"] += 1
        else:
            counts["passed"] += 1
    return counts


def duration(seconds: float) -> str:
    """Return a duration as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class Run:
    """A step under way."""

    def __init__(self, step: Step, directory: Path) -> None:
        self.step = step
        self._report = directory / f"{step.title}.xml"
        self._output = directory / f"{step.title}.txt" if step.alongside else None
        command = list(step.command)
        if step.report_option:
            command.append(step.report_option.format(self._report))
        with contextlib.ExitStack() as files:
            out = files.enter_context(self._output.open("wb")) if self._output else None
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **step.environment},
                stdout=out,
                stderr=subprocess.STDOUT if out else None,
            )

    def finish(self) -> Counter[str]:
        """Wait for the end, show what has not been shown, and return the counts."""
        status = self._process.wait()
        if self._output:
            print(f"\n=== {self.step.title}, which ran alongside ===", flush=True)
            print(self._output.read_text(errors="replace"), flush=True)
        counts = count(self._report)
        if status and not counts["failed"]:
            counts["failed"] = 1
        return counts


def main(names: list[str]) -> int:
    """Run the named steps, or all, also after one that failed; say in the end how it went."""
    if unknown := set(names) - set(STEPS):
        print(f"No such step: {', '.join(sorted(unknown))}. The steps are {', '.join(STEPS)}.")
        return 2
    steps = [step for name, step in STEPS.items() if not names or name in names]
    began = time.monotonic()
    total: Counter[str] = Counter()
    failed_steps: list[str] = []
    alongside: list[Run] = []

    def finish(run: Run) -> None:
        counts = run.finish()
        total.update(counts)
        if counts["failed"]:
            failed_steps.append(run.step.title)

    with tempfile.TemporaryDirectory() as directory:
        for number, step in enumerate(steps, start=1):
            while step.after_all and alongside:
                finish(alongside.pop())
            elapsed = duration(time.monotonic() - began)
            title = f"{step.title}, alongside the next" if step.alongside else step.title
            print(f"\n=== {number}/{len(steps)} {title} ({elapsed} so far) ===", flush=True)
            run = Run(step, Path(directory))
            if step.alongside:
                alongside.append(run)
            else:
                finish(run)
        while alongside:
            finish(alongside.pop())

    print(f"\nFinished in {duration(time.monotonic() - began)}.", end=" ")
    if failed_steps:
        print(f"FAILED: {'; '.join(failed_steps)}.")
    else:
        print("All is well.")
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    if skipped:
        print("What was skipped is about another database.")
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}")
    return 1 if failed_steps else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted.")
