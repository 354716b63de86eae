"""The cases of the Autobahn test suite, played against a server.

Kosoku plays them: the suite's own runner needs Python 2. `make autobahn` runs that one, where there
is a Python 2, and with it the cases that are too long for every day.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

GROUPS = {
    "1": "framing",
    "2": "pings and pongs",
    "3": "reserved bits",
    "4": "opcodes",
    "5": "fragmentation",
    "6": "UTF-8",
    "7": "closing",
    "9": "large and many messages",
    "10": "fragments made by a sender",
}
"""What is tested. The suite has no groups 8 and 11."""

CASES = {"1": 16, "2": 11, "3": 7, "4": 10, "5": 20, "6": 145, "7": 37, "9": 22, "10": 1}
"""How many cases of each group are played here."""

COMPRESSION = ("12.*", "13.*")
"""Left out: no raw writer compresses."""

LARGE = ("9.1.4", "9.1.5", "9.1.6", "9.2.4", "9.2.5", "9.2.6", "9.3.*", "9.4.*")
"""Left to `make autobahn`: messages of 4 to 16 MB."""

MANY = ("9.7.3", "9.7.4", "9.7.5", "9.8.3", "9.8.4", "9.8.5")
"""Left to `make autobahn`: 1,000 messages of sizes between the least and the largest."""

SILENCES = ("9.7.1", "9.8.1")
"""Left to `make autobahn`: 1,000 empty messages, which Daphne does not answer: that takes
until the case gives up."""

AT_A_TIME = 4  # a case gives up after a second, so the machine must not be swamped
TIMEOUT = 150.0


class Verdict(NamedTuple):
    """How a case went: what happened, and how the connection was closed."""

    behavior: str
    closing: str

    @property
    def passed(self) -> bool:
        """Whether RFC 6455 allows what happened."""
        return self.behavior in {"OK", "NON-STRICT", "INFORMATIONAL"} and self.closing in {
            "OK",
            "INFORMATIONAL",
        }


def play(url: str, directory: Path) -> dict[str, Verdict]:
    """Play the cases, and return how each went, by its number.

    Args:
        url: where the server is.
        directory: where the reports go, a page for each case and one for all.
    """
    command = [str(Path(sys.executable).with_name("kosoku")), url, "--outdir", str(directory)]
    command += ["--parallelism", str(AT_A_TIME)]
    for case in (*COMPRESSION, *LARGE, *MANY, *SILENCES):
        command += ["--exclude", case]
    # It fails if any case does; what it has written tells which.
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    if not (directory / "index.json").exists():
        raise RuntimeError(f"Kosoku reported nothing:\n{done.stdout}{done.stderr}")
    [verdicts] = read_verdicts(directory).values()
    return verdicts


def read_verdicts(directory: Path) -> dict[str, dict[str, Verdict]]:
    """Return the verdicts of a report, by the name of the server and the number of the case."""
    index = json.loads((directory / "index.json").read_text())
    return {
        name: {
            number: Verdict(result["behavior"], result["behaviorClose"])
            for number, result in results.items()
        }
        for name, results in index.items()
    }
