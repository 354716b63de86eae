"""Everything `make test` runs, one step after the other, with one count at the end."""

from __future__ import annotations

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
PYTEST = (sys.executable, "-m", "pytest", "-q", "--no-header")
# Playwright keeps an event loop running in its thread, so the browser has a run of its own.
WITHOUT_BROWSER = (*PYTEST, "--ignore=tests/browser")
# These say the same whatever database the tests are given.
DATABASE = (*WITHOUT_BROWSER, "--ignore=tests/packaging", "--ignore=tests/deployment")


def beside(*services: str) -> tuple[str, ...]:
    """Return the beginning of a command that runs beside the services."""
    return (sys.executable, "-m", "tests.services", *services, "--")


@dataclass
class Step:
    """One command, whose tests are counted from the JUnit report it writes, if it writes one."""

    title: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    report_option: str = "--junit-xml={}"


STEPS = [
    Step("Linters and types", ("make", "--no-print-directory", "check"), report_option=""),
    Step(
        "The frontend's unit tests",
        ("npm", "--prefix", "frontend", "test", "--", "--reporter=default", "--reporter=junit"),
        report_option="--outputFile.junit={}",
    ),
    Step("Python on SQLite", WITHOUT_BROWSER),
    Step(
        "Python on PostgreSQL, users with a UUID",
        (*beside("postgresql"), *DATABASE),
        {"RN_USER": "uuid"},
    ),
    Step(
        "SQL on MariaDB",
        (*beside("mariadb"), *DATABASE, "-m", "sql"),
    ),
    Step("The browser", (*PYTEST, "tests/browser")),
]


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


def run(step: Step, report: Path) -> Counter[str]:
    """Run one step, its output going to the terminal, and return its counts."""
    command = list(step.command)
    if step.report_option:
        command.append(step.report_option.format(report))
    status = subprocess.run(command, cwd=ROOT, env={**os.environ, **step.environment}).returncode
    counts = count(report)
    if status and not counts["failed"]:
        counts["failed"] = 1
    return counts


def main() -> int:
    """Run all steps, also after one that failed, and say in the end how it went."""
    began = time.monotonic()
    total: Counter[str] = Counter()
    failed_steps: list[str] = []
    with tempfile.TemporaryDirectory() as reports:
        for number, step in enumerate(STEPS, start=1):
            elapsed = duration(time.monotonic() - began)
            print(f"\n=== {number}/{len(STEPS)} {step.title} ({elapsed} so far) ===", flush=True)
            counts = run(step, Path(reports) / f"{number}.xml")
            total += counts
            if counts["failed"]:
                failed_steps.append(step.title)

    print(f"\nFinished in {duration(time.monotonic() - began)}.", end=" ")
    if failed_steps:
        print(f"FAILED: {'; '.join(failed_steps)}.")
    else:
        print("All is well.")
    skipped = f", {total['skipped']} skipped (another database's)" if total["skipped"] else ""
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}")
    return 1 if failed_steps else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nInterrupted.")
