"""A copy of the checkout, in which tests are run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

from tests.mutations.catalogue import FRONTEND
from tests.site import ROOT

TIMEOUT = 600.0  # seconds; what hangs for longer has noticed
HANGS = "(hangs)"
BROKEN = "(does not run)"


class Checkout:
    """A directory with everything that is in the working tree, and installed beside it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def failed_test(self, tests: Sequence[str], services: Sequence[str] = ()) -> str | None:
        """Run tests until the first that fails, and return its name; None if they all pass."""
        if tests[0].startswith(FRONTEND):
            return self._fails_in_vitest(tests)
        return self._fails_in_pytest(tests, services)

    def diverging_seed(self, seeds: int) -> str | None:
        """Return the first seed whose simulation diverges; None if none does."""
        try:
            run = self._run([sys.executable, "-m", "tests.mutations.seeds", str(seeds)], self.root)
        except subprocess.TimeoutExpired:
            return HANGS
        if run.returncode == 0:
            return None
        return run.stdout.strip() or BROKEN

    def _fails_in_pytest(self, tests: Sequence[str], services: Sequence[str]) -> str | None:
        report = self.root / "report.xml"
        beside = ["tests.services", *services, "--", sys.executable, "-m"] if services else []
        pytest = ["pytest", "-q", "-x", "-p", "no:cacheprovider", f"--junit-xml={report}"]
        return self._first_failure([sys.executable, "-m", *beside, *pytest, *tests], report)

    def _fails_in_vitest(self, tests: Sequence[str]) -> str | None:
        report = self.root / "report.xml"
        files = [test.removeprefix(FRONTEND) for test in tests]
        options = ["--bail=1", "--reporter=junit", f"--outputFile={report}"]
        return self._first_failure(["npx", "vitest", "run", *options, *files], report, FRONTEND)

    def _first_failure(self, command: list[str], report: Path, place: str = ".") -> str | None:
        report.unlink(missing_ok=True)
        try:
            run = self._run(command, self.root / place)
        except subprocess.TimeoutExpired:
            return HANGS
        if run.returncode == 0:
            return None
        if report.exists():
            for case in ElementTree.parse(report).getroot().iter("testcase"):
                if {child.tag for child in case} & {"failure", "error"}:
                    return str(case.get("name")).rpartition(" > ")[2].partition("[")[0]
        return BROKEN

    def _run(self, command: list[str], place: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=place,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "TMPDIR": str(self.root),
                # An edit may leave the size of a file and, within a second, its time as they were.
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )


@contextmanager
def copied() -> Iterator[Checkout]:
    """Give a copy of the working tree, which is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="rn-", ignore_cleanup_errors=True) as directory:
        root = Path(directory)
        root.chmod(0o1777)  # as /tmp: database servers have accounts of their own
        for name in _tracked():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
        for name in (".venv", "frontend/node_modules"):
            (root / name).symlink_to((ROOT / name).resolve())
        yield Checkout(root)


def _tracked() -> list[str]:
    """Return the files of the working tree that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [name for name in listed.split("\0") if (ROOT / name).is_file()]
