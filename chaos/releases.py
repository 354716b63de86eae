"""Releases: the code of this commit, and that of another one, on one database.

Of the other one only the package is another: it sees the settings, the writer and the mail backend
of this commit. So what is rehearsed is the deployment of the package alone.
"""

from __future__ import annotations

import filecmp
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.site import ROOT

PACKAGE = "realtime_notify"
MIGRATIONS = f"{PACKAGE}/migrations"
BESIDE = ("asgi.py", "chaos", "demo", "tests")


@dataclass(frozen=True)
class Release:
    """Code that processes run.

    Attributes:
        root: the directory that they run in.
        reason: why it is the code of this commit, though another one was asked for.
    """

    root: Path = ROOT
    reason: str = ""

    @classmethod
    def of(cls, commit: str, directory: Path) -> Self:
        """Take the package from another commit, if both can use the same database.

        Args:
            commit: any name that git knows.
            directory: a new one for it.
        """
        archive = subprocess.run(
            ["git", "archive", commit, PACKAGE], cwd=ROOT, capture_output=True, check=False
        )
        if archive.returncode:
            return cls(reason=f"git does not give the code of {commit}")
        directory.mkdir()
        subprocess.run(["tar", "-x", "-C", str(directory)], input=archive.stdout, check=True)
        names = [path.name for path in (ROOT / MIGRATIONS).glob("*.py")]
        _, different, missing = filecmp.cmpfiles(
            ROOT / MIGRATIONS, directory / MIGRATIONS, names, shallow=False
        )
        if different or missing:
            return cls(reason=f"{commit} has other migrations, and needs a database of its own")
        for name in BESIDE:
            (directory / name).symlink_to(ROOT / name)
        trial = [sys.executable, "-c", "import django; django.setup()"]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "chaos.settings"}
        if subprocess.run(trial, cwd=directory, env=environment, capture_output=True).returncode:
            return cls(reason=f"the code of {commit} does not know what this town shortens")
        return cls(directory)
