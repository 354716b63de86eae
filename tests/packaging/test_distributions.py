"""What is in the wheel and the sdist, and that the wheel works where nothing else is."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

import realtime_notify
from tests.packaging.conftest import ROOT


@pytest.mark.parametrize(
    "pattern",
    [
        "py.typed",
        "wire/hub.py",
        "migrations/0001_initial.py",
        "static/realtime_notify/client.js",
        "static/realtime_notify/notify-bell.js",
        "static/realtime_notify/notify-panel.js",
        "static/realtime_notify/notify-alerts.js",
        "static/realtime_notify/notify-toasts.js",
        "templates/realtime_notify/inbox.html",
        "locale/de/LC_MESSAGES/django.mo",
        "templatetags/realtime_notify.py",
        "management/commands/notify_worker.py",
        "testing/plugin.py",
    ],
)
def test_the_wheel_has_what_a_project_needs(wheel: Path, pattern: str) -> None:
    assert f"realtime_notify/{pattern}" in zipfile.ZipFile(wheel).namelist()


def test_the_wheel_has_every_file_of_the_package_and_no_other(wheel: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "realtime_notify"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert names == set(tracked.stdout.split())


def test_the_wheel_says_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
        lines = archive.read(name).decode().splitlines()

    needs = {line.removeprefix("Requires-Dist: ") for line in lines if "Requires-Dist" in line}
    assert {need for need in needs if "extra ==" not in need} == {
        "channels-redis>=4.3",
        "channels>=4.3",
        "daphne>=4.2.2",
        "django-model-utils>=5",
        "django>=5.2",
    }
    assert "License-Expression: MIT" in lines
    assert f"Version: {realtime_notify.__version__}" in lines


def test_the_sdist_has_the_sources_of_the_bundle_and_the_licence(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"LICENSE", "README.md", "frontend/package-lock.json", "tests/conftest.py"} <= names
    assert {"CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md"} <= names
    assert not [name for name in names if "node_modules" in name or name.endswith(".sqlite3")]


def test_the_environments_packages_fit_each_other(clean_bin: Path) -> None:
    subprocess.run([str(clean_bin / "pip"), "check"], check=True)


def test_the_wheel_alone_can_be_imported(clean_bin: Path, tmp_path: Path) -> None:
    script = "import realtime_notify as it; print(it.__file__, it.__version__)"
    command = [str(clean_bin / "python"), "-c", script]

    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    path, version = shown.stdout.split()
    assert Path(path).is_relative_to(clean_bin.parent)
    assert version == realtime_notify.__version__
