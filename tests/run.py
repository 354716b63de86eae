"""Everything `make test` runs: a few steps at a time, with one count at the end.

To run some of the steps only, name them:

    python -m tests.run check sqlite
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent
PYTHON = (sys.executable, "-m")
PYTEST = ("pytest", "-q", "--no-header")
# Playwright keeps an event loop running in its thread, so the browser has a run of its own.
WITHOUT_BROWSER = (*PYTEST, "--ignore=tests/browser")
JOURNEYS = "tests/browser/journeys"
# Packages, deployments, frames, the site, mutations, mail servers, the endings of sockets and what
# strangers send are the same whatever database the tests are given. They start processes and wait
# for them, so they have a step of their own.
SAME_EVERYWHERE = (
    "tests/chaos",
    "tests/conformance",
    "tests/packaging",
    "tests/deployment",
    "tests/docs/test_site.py",
    "tests/mutations",
    "tests/schemas/test_http_api.py",
    "tests/sending/test_smtp.py",
    *(
        f"tests/journeys/test_{name}.py"
        for name in ("endings", "floods", "large", "redis_shapes", "tokens")
    ),
)
PYTHON_TESTS = (*WITHOUT_BROWSER, *(f"--ignore={path}" for path in SAME_EVERYWHERE))
# The same is true of these, which count towards the coverage.
COUNTED = (
    "tests/servers",
    "tests/journeys/test_monitoring.py",
    "tests/journeys/test_wire.py",
    "tests/live/test_bad_frames.py",
    "tests/live/test_lifespan.py",
    "tests/testing/conformance",
)
# These are about what becomes of rows that others read, by whatever SQL.
SHOWN = (
    "tests/admin/test_forms.py",
    "tests/docs",
    "tests/elements",
    "tests/media",
    "tests/notifiers",
    "tests/rendering",
    "tests/templatetags",
    "tests/test_locales.py",
)
DATABASE_TESTS = (*PYTHON_TESTS, *(f"--ignore={path}" for path in (*COUNTED, *SHOWN)))

# A step keeps a core busy, and waits now and then for servers and browsers.
LANES = (os.cpu_count() or 1) + 1

MEMORY = Path("/dev/shm")
ROOM = 4 << 30  # bytes: more than the databases and browsers of all steps have ever taken

# SlipCover changes the code it measures, which costs a sixth of what tracing costs. The lines that
# are left run in servers and on other databases; `make coverage` shows branches as well.
OMITTED = ("realtime_notify/servers/daphne.py", "realtime_notify/servers/uvicorn.py")  # only there
LINES = (
    *(*PYTHON, "slipcover", "--source", "realtime_notify", "--omit", ",".join(OMITTED)),
    *("--skip-covered", "--fail-under", "97", "-m"),
)
# SlipCover is itself a plugin of pytest, which complains that it is imported before.
UNASSERTED = ("-W", "ignore::pytest.PytestAssertRewriteWarning")

# So few tests that failed beside others are run a second time, alone: more, and it is no accident.
FEW = 5
WHAT_FAILED = ("--last-failed", "--last-failed-no-failures", "none")


def beside(*services: str) -> tuple[str, ...]:
    """Return the beginning of a command that runs beside the services."""
    return (*PYTHON, "tests.services", *services, "--", *PYTHON)


@dataclass
class Step:
    """One command, whose tests are counted from the JUnit report it writes, if it writes one.

    Attributes:
        options: with which it is told where its report, and what pytest keeps, shall be.
        again: the command for what failed, if it is another: nothing is measured then.
    """

    title: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ("--junit-xml={report}", "-o", "cache_dir={cache}")
    again: tuple[str, ...] = ()

    def repeated(self) -> Step | None:
        """Return the step that runs what failed in this one; None where nobody knows it."""
        if "cache_dir={cache}" not in self.options:
            return None
        return replace(self, command=(*(self.again or self.command), *WHAT_FAILED))


# In the order in which they begin: what takes longest is not left for the end.
STEPS = {
    "check": Step(
        "Linters and types",
        ("make", "--no-print-directory", "check"),
        options=(),
    ),
    "postgresql": Step(
        "Python on PostgreSQL, users with a UUID",
        (*beside("postgresql"), *DATABASE_TESTS),
        {"RN_USER": "uuid"},
    ),
    "sqlite": Step(
        "Python on SQLite, and the lines it reaches",
        (*LINES, *PYTHON_TESTS, "-m", "not hypothesis", *UNASSERTED),
        again=(*PYTHON, *PYTHON_TESTS, "-m", "not hypothesis"),
    ),
    "processes": Step(
        "Servers, packages and deployments",
        (*PYTHON, *PYTEST, *SAME_EVERYWHERE),
    ),
    "browser": Step(
        "The browser",
        (*PYTHON, *PYTEST, "tests/browser", f"--ignore={JOURNEYS}"),
    ),
    "mariadb": Step(
        "SQL on MariaDB",
        (*beside("mariadb"), *DATABASE_TESTS, "-m", "sql"),
    ),
    "journeys": Step(
        "Journeys in three browser engines",
        (*PYTHON, *PYTEST, JOURNEYS),
    ),
    # Measured, they would take longer, and reach hardly a line that the others do not.
    "properties": Step(
        "Properties on SQLite",
        (*PYTHON, *PYTHON_TESTS, "-m", "hypothesis"),
    ),
    "frontend": Step(
        "The frontend's unit tests",
        ("npm", "--prefix", "frontend", "test", "--", "--reporter=default", "--reporter=junit"),
        options=("--outputFile.junit={report}",),
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


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Give a directory for everything temporary: in memory, if there is room, and not on a disk."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    with tempfile.TemporaryDirectory(
        prefix="rn-", dir=MEMORY if roomy else None, ignore_cleanup_errors=True
    ) as directory:
        Path(directory).chmod(0o1777)  # as /tmp: database servers have accounts of their own
        yield Path(directory)


class Run:
    """A step under way, whose output is shown when it has ended."""

    def __init__(self, step: Step, directory: Path) -> None:
        self.step = step
        self._report = directory / f"{step.title}.xml"
        self._output = directory / f"{step.title}.txt"
        places = {"report": self._report, "cache": directory / f"{step.title}.cache"}
        options = [option.format_map(places) for option in step.options]
        with self._output.open("wb") as out:
            self._process = subprocess.Popen(
                [*step.command, *options],
                cwd=ROOT,
                env={**os.environ, "TMPDIR": str(directory), **step.environment},
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def has_ended(self) -> bool:
        """Say whether there is a result."""
        return self._process.poll() is not None

    def result(self) -> Counter[str]:
        """Show the output, and return the counts."""
        print(self._output.read_text(errors="replace"), flush=True)
        counts = count(self._report)
        if self._process.wait() and not counts["failed"]:
            counts["failed"] = 1
        return counts


def run_all(steps: list[Step], directory: Path) -> Iterator[tuple[Step, Counter[str]]]:
    """Run steps, as many at a time as there are lanes, and give the counts of each that ended."""
    began = time.monotonic()
    waiting, runs = list(steps), list[Run]()

    def say(text: str) -> None:
        print(f"\n=== {duration(time.monotonic() - began)}: {text} ===", flush=True)

    while waiting or runs:
        while waiting and len(runs) < LANES:
            say(f"{waiting[0].title}, {len(steps) - len(waiting) + 1} of {len(steps)}, begins")
            runs.append(Run(waiting.pop(0), directory))
        for run in [run for run in runs if run.has_ended()]:
            runs.remove(run)
            say(f"{run.step.title} has ended")
            yield run.step, run.result()
        time.sleep(0.1)


def run_again(step: Step, failed: int, directory: Path) -> Counter[str] | None:
    """Run what failed in a step once more, alone; None if it failed again, or too much did."""
    repeated = step.repeated() if failed <= FEW else None
    if not repeated:
        return None
    print(f"\nWhat failed is run again, alone: {step.title}", flush=True)
    ((_, counts),) = run_all([repeated], directory)
    return None if counts["failed"] else counts


def main(names: list[str]) -> int:
    """Run the named steps, or all, also after one that failed; say in the end how it went."""
    if unknown := set(names) - set(STEPS):
        print(f"No such step: {', '.join(sorted(unknown))}. The steps are {', '.join(STEPS)}.")
        return 2
    steps = [step for name, step in STEPS.items() if not names or name in names]
    began = time.monotonic()
    total: Counter[str] = Counter()
    unsteady = 0
    failed_steps: list[str] = []
    with scratch() as directory:
        results = list(run_all(steps, directory))
        for step, counts in results:
            if failed := counts["failed"]:
                if passed := run_again(step, failed, directory):
                    unsteady += failed
                    counts["failed"] = 0
                    counts["passed"] += passed["passed"]
                else:
                    failed_steps.append(step.title)
            total.update(counts)

    print(f"\nFinished in {duration(time.monotonic() - began)}.", end=" ")
    print(f"FAILED: {'; '.join(failed_steps)}." if failed_steps else "All is well.")
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    if skipped:
        print("What was skipped is about another database.")
    if unsteady:
        print(f"{unsteady} failed beside other steps and passed alone: they are to be mended.")
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}")
    return 1 if failed_steps else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted.")
