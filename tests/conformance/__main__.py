"""The whole Autobahn test suite, run by its own runner: `make autobahn`.

The runner needs Python 2.7, which is looked for on the PATH and among pyenv's. It takes some
minutes and writes a page for each case into build/autobahn/. What differs from the known deviations
is an error.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.autobahn import COMPRESSION, read_verdicts
from tests.conformance.deviations import DEVIATIONS
from tests.conformance.servers import ROOT, SERVERS

SUITE = "autobahntestsuite==25.10.1"
OUTPUT = ROOT / "build/autobahn"
INSTALLED = OUTPUT / SUITE
REPORTS = OUTPUT / "reports"
# Packages of one namespace need their .pth files, which a directory on the path alone has not read.
RUN = "import site, sys; site.addsitedir(sys.argv.pop(1));"
RUN += "from autobahntestsuite.wstest import run; run()"


def candidates() -> Iterator[Path]:
    """Give the programs called python2.7: those on the PATH, then those of pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for directory in [*map(Path, os.get_exec_path()), *pyenv.glob("versions/2.7*/bin")]:
        if (path := directory / "python2.7").exists():
            yield path


def find_python() -> Path:
    """Return a Python 2.7 that runs; some of pyenv's names run nothing."""
    for path in candidates():
        if subprocess.run([path, "-m", "pip", "--version"], capture_output=True).returncode == 0:
            return path
    sys.exit("The runner of the Autobahn test suite needs Python 2.7 with pip: pyenv has one.")


def install(python: Path) -> None:
    """Install the suite into a directory of its own."""
    if INSTALLED.exists():
        return
    print(f"Installing {SUITE} for {python}.", flush=True)
    new = OUTPUT / "new"
    shutil.rmtree(new, ignore_errors=True)
    pip = [str(python), "-W", "ignore", "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", "--target", str(new), SUITE], check=True)
    new.rename(INSTALLED)


def run(python: Path) -> None:
    """Play all cases against all servers."""
    shutil.rmtree(REPORTS, ignore_errors=True)
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(server()) for server in SERVERS.values()]
        plan = {
            "outdir": str(REPORTS),
            "servers": [{"agent": server.name, "url": server.url} for server in servers],
            "cases": ["*"],
            "exclude-cases": list(COMPRESSION),
            "exclude-agent-cases": {},
        }
        path = OUTPUT / "plan.json"
        path.write_text(json.dumps(plan))
        print(f"Playing the cases; the pages are in {REPORTS.relative_to(ROOT)}/.", flush=True)
        command = [str(python), "-c", RUN, str(INSTALLED), "--mode", "fuzzingclient"]
        command += ["--spec", str(path)]
        with (OUTPUT / "log").open("w") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, cwd=OUTPUT)


def report() -> bool:
    """Print how each server did; return whether it did as is known."""
    as_known = True
    for name, verdicts in read_verdicts(REPORTS).items():
        failed = {number for number, verdict in verdicts.items() if not verdict.passed}
        print(f"{name:12} {len(verdicts) - len(failed)} of {len(verdicts)} passed")
        for number in sorted(failed ^ set(DEVIATIONS[name])):
            as_known = False
            print(f"    {number} {'failed' if number in failed else 'is said to fail and passed'}")
    return as_known


if __name__ == "__main__":
    OUTPUT.mkdir(parents=True, exist_ok=True)
    program = find_python()
    install(program)
    run(program)
    sys.exit(0 if report() else 1)
