"""The Python tests on SQLite, with every supported Django on every Python found: `make matrix`.

Each cell of the matrix has a virtual environment in .venv-matrix/, made anew when the packages to
install change. They have the versions of the lock file, but for Django: of each series, the newest
release is installed. What a cell prints goes to build/matrix/. To run some cells only:

    python -m tests.matrix --django 6.1 --python 3.13
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.run import PYTHON_TESTS, ROOT, count, duration

OLDEST_PYTHON = "3.11"
DJANGOS = {"5.2": "3.10", "6.0": "3.12", "6.1": "3.12"}
"""Each series of Django, and the oldest Python it runs on.

See https://docs.djangoproject.com/en/dev/faq/install/.
"""
ENVIRONMENTS = ROOT / ".venv-matrix"
OUTPUT = ROOT / "build/matrix"
CONSTRAINTS = OUTPUT / "constraints.txt"
NEEDED = ROOT / "requirements/test.in"
SHOWN_LINES = 60


def parts(version: str) -> tuple[int, ...]:
    """Return "3.12" as (3, 12): a tuple compares as versions do."""
    return tuple(int(part) for part in version.split("."))


def candidates() -> Iterator[tuple[str, Path]]:
    """Give the programs called python3.N: those on the PATH, then those of pyenv."""
    directories = [Path(directory) for directory in os.get_exec_path()]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    directories += sorted(pyenv.glob("versions/*/bin"))
    for directory in directories:
        for path in sorted(directory.glob("python3.*")):
            if named := re.fullmatch(r"python(3\.\d+)", path.name):
                yield named[1], path


def resolve(python: Path) -> Path | None:
    """Return the program that runs in the end, or None if it cannot make virtual environments.

    Some of pyenv's names run nothing, and Debian's Python may lack parts.
    """
    script = "import ensurepip, sqlite3, sys; print(sys.executable)"
    tried = subprocess.run([python, "-c", script], capture_output=True, text=True)
    return Path(tried.stdout.strip()) if tried.returncode == 0 else None


def find_pythons() -> dict[str, Path]:
    """Return the supported Pythons of this machine, the oldest first, by their versions."""
    found: dict[str, Path] = {}
    for version, path in candidates():
        supported = parts(version) >= parts(OLDEST_PYTHON)
        if supported and version not in found and (program := resolve(path)):
            found[version] = program
    return dict(sorted(found.items(), key=lambda item: parts(item[0])))


def write_constraints() -> None:
    """Write down the versions of the lock file, but for Django's.

    The hashes are left out: with one of them, pip would demand one of Django too.
    """
    lock = (ROOT / "requirements/dev.txt").read_text()
    pins = re.findall(r"^(?!django==)\S+==\S+", lock, re.MULTILINE)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    CONSTRAINTS.write_text("\n".join([*pins, ""]))


@dataclass
class Cell:
    """One Django on one Python."""

    python: str
    program: Path
    django: str
    result: str = ""
    failed: bool = False

    @property
    def name(self) -> str:
        return f"python{self.python}-django{self.django}"

    @property
    def output(self) -> Path:
        return OUTPUT / f"{self.name}.txt"

    def commands(self) -> Iterator[list[str]]:
        """Give the commands one after the other, each of which needs the success of the last."""
        environment = ENVIRONMENTS / self.name
        python = str(environment / "bin/python")
        contents = NEEDED.read_bytes() + CONSTRAINTS.read_bytes()
        stamp = environment / f".installed-{hashlib.sha256(contents).hexdigest()[:16]}"
        if not stamp.exists():
            yield [str(self.program), "-m", "venv", "--clear", str(environment)]
            yield [
                *(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
                *("--constraint", str(CONSTRAINTS), "--requirement", str(NEEDED)),
                *("--editable", str(ROOT), f"Django~={self.django}.0"),
            ]
            yield ["touch", str(stamp)]
        yield [python, "-m", "django", "--version"]
        yield [python, "-m", *PYTHON_TESTS, f"--junit-xml={OUTPUT / self.name}.xml"]

    def run(self) -> None:
        """Install what is missing and run the tests."""
        began = time.monotonic()
        report = OUTPUT / f"{self.name}.xml"
        report.unlink(missing_ok=True)
        with self.output.open("w") as output:
            for command in self.commands():
                done = subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
                if done.returncode:
                    self.failed = True
                    break
        counts = count(report)
        self.result = f"{counts['passed']} passed"
        if self.failed:
            self.result = f"{counts['failed']} FAILED" if counts["failed"] else "ERROR"
        print(f"  {self.name}: {self.result}, {duration(time.monotonic() - began)}", flush=True)


def table(cells: list[Cell]) -> str:
    """Return the results with a row for each Python and a column for each Django."""
    results = {(cell.python, cell.django): cell.result for cell in cells}
    djangos = [django for django in DJANGOS if django in {cell.django for cell in cells}]
    rows = [["", *(f"Django {django}" for django in djangos)]]
    for python in dict.fromkeys(cell.python for cell in cells):
        shown = [results.get((python, django), f"needs {DJANGOS[django]}") for django in djangos]
        rows.append([f"Python {python}", *shown])
    return "\n".join("".join(text.ljust(16) for text in row).rstrip() for row in rows)


def main(arguments: list[str]) -> int:
    """Run the cells, two at a time, and print a table of how they went."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    pythons = find_pythons()
    parser.add_argument("--python", action="append", choices=pythons, help="default: all found")
    parser.add_argument("--django", action="append", choices=DJANGOS, help="default: all")
    parser.add_argument("--jobs", type=int, default=2, help="cells at a time (default: 2)")
    chosen = parser.parse_args(arguments)

    write_constraints()
    for python, program in pythons.items():
        print(f"Python {python}: {program}")
    cells = [
        Cell(python, program, django)
        for python, program in pythons.items()
        for django, oldest in DJANGOS.items()
        if python in (chosen.python or pythons) and django in (chosen.django or DJANGOS)
        if parts(python) >= parts(oldest)
    ]
    if not cells:
        parser.error("No Django that was chosen runs on a Python that was chosen.")
    print(f"Running {len(cells)} cells. Their output goes to {OUTPUT.relative_to(ROOT)}/.")
    with ThreadPoolExecutor(max_workers=chosen.jobs) as pool:
        list(pool.map(Cell.run, cells))

    failed = [cell for cell in cells if cell.failed]
    for cell in failed:
        print(f"\n=== {cell.name}, the last lines of {cell.output.relative_to(ROOT)} ===")
        print("\n".join(cell.output.read_text(errors="replace").splitlines()[-SHOWN_LINES:]))
    print(f"\n{table(cells)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
