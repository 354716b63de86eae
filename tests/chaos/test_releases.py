"""Releases: another commit's package on this one's database."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chaos.releases import Release
from tests.site import ROOT

HAS_GIT = not subprocess.run(
    ["git", "rev-parse", "HEAD~1"], cwd=ROOT, capture_output=True
).returncode


@pytest.mark.skipif(not HAS_GIT, reason="a source distribution has no earlier commit")
def test_processes_of_another_release_run_its_package(tmp_path):
    release = Release.of("HEAD", tmp_path / "before")
    if release.reason:  # the migration is being changed in this very tree
        return

    shown = subprocess.run(
        [sys.executable, "-c", "import realtime_notify, tests; print(realtime_notify.__file__)"],
        cwd=release.root,
        capture_output=True,
        text=True,
        check=True,
    )

    assert shown.stdout.startswith(str(tmp_path))


def test_a_commit_that_there_is_not_is_told(tmp_path):
    release = Release.of("no-such-commit", tmp_path / "before")

    assert release == Release(ROOT, "git does not give the code of no-such-commit")
