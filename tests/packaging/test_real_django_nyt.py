"""`manage.py notify_import nyt`, from tables that django-nyt itself created and filled.

The tests in tests/importing/ imitate its tables. Here django-nyt is installed beside the wheel, its
own calls write the rows, and the command of this package imports them.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.nyt_scripts import FILL, FORWARD, LOOK, SETTINGS, URLS
from tests.packaging.test_quickstart import Project
from tests.pages import labelled

PACKAGE = "django-nyt==1.6.0"


@dataclass(frozen=True)
class Imported:
    """What two imports printed, and what was there after each of them."""

    printed: list[list[str]]
    there: list[dict[str, Any]]


@pytest.fixture(scope="module")
def bin_with_nyt(clean_bin: Path) -> Iterator[Path]:
    """Install django-nyt beside the wheel, and leave the environment as it was."""
    pip = [str(clean_bin / "pip"), "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-deps", PACKAGE], check=True)
    yield clean_bin
    subprocess.run([*pip, "uninstall", "--yes", PACKAGE.partition("==")[0]], check=True)


@pytest.fixture(scope="module")
def project(bin_with_nyt: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A site that uses django-nyt."""
    project = Project(tmp_path_factory.mktemp("nyt"), bin_with_nyt)
    project.environment["DJANGO_SETTINGS_MODULE"] = "site_settings"
    (project.directory / "site_settings.py").write_text(SETTINGS)
    (project.directory / "site_urls.py").write_text(URLS)
    for app in ("auth", "sessions", "django_nyt"):
        project.run("python", "-m", "django", "migrate", "-v0", app)
    return project


@pytest.fixture(scope="module")
def imported(project: Project) -> Imported:
    """Let a site use django-nyt, move it here, and import twice."""
    project.run("python", "-c", FILL)
    project.run("python", "-m", "django", "migrate", "-v0")
    printed, there = [], []
    for _ in range(2):
        printed.append(
            project.run("python", "-m", "django", "notify_import", "nyt", "--no-color").splitlines()
        )
        there.append(json.loads(project.run("python", "-c", LOOK)))
    return Imported(printed, there)


def test_the_requirements_of_both_packages_are_compatible(bin_with_nyt: Path) -> None:
    subprocess.run([str(bin_with_nyt / "pip"), "check"], check=True)


def test_types_are_imported(imported: Imported) -> None:
    assert imported.there[0]["types"] == {
        "comment/new": ["Comments", "group"],
        "oven/hot": ["", None],
        "welcome": ["", None],
        "nyt/unknown": ["", None],
    }


def test_settings_become_delivery_profiles(imported: Imported) -> None:
    assert imported.there[0]["profiles"] == [
        ["alice", 0, True],
        ["alice", 10080, False],
        ["bob", 1440, True],
        ["carol", -1, True],
    ]


def test_subscriptions_are_imported_with_their_targets(imported: Imported) -> None:
    assert imported.there[0]["subscriptions"] == [
        ["alice", "comment/new", "spring", [], None, "12:00"],
        ["alice", "oven/hot", "", [], 10080, "12:00"],
        ["bob", "comment/new", "", ["inbox"], None, "12:00"],
        ["bob", "oven/hot", "", [], None, "12:00"],
    ]


def test_notifications_are_imported_with_their_state(imported: Imported) -> None:
    comment, oven, hot = "comment/new", "oven/hot", "Oven 3 is hot"
    assert imported.there[0]["notifications"] == [
        # goto/ saved the row, which says when; json/mark-read/ only set the flag.
        ["alice", "12:01", comment, "On spring", "/spring/", 1, "12:04", comment],
        ["alice", "12:03", oven, hot, "", 4, None, oven],
        ["bob", "12:01", comment, "On spring", "/spring/", 1, None, comment],
        ["bob", "12:02", comment, "On autumn", "/autumn/", 1, "12:02", comment],
        ["bob", "12:03", oven, hot, "", 3, "12:03", oven],
        ["bob", "12:06", oven, hot, "", 1, None, oven],
        ["carol", "12:07", "nyt/unknown", "Welcome", "", 1, None, None],
    ]
    assert imported.there[0]["events"] == 5
    assert imported.there[0]["unread"] == {"alice": 1, "bob": 2, "carol": 1}


def test_the_import_prints_what_it_created(imported: Imported) -> None:
    first, _second = imported.printed

    assert {
        "types: 4 new, 0 already here",
        "profiles: 4 new, 0 already here",
        "subscriptions: 4 new, 0 already here",
        "events: 5 new, 0 already here",
        "notifications: 7 new, 0 already here",
    } <= set(first)
    assert not [line for line in first if "Skipped" in line]


def test_a_second_import_adds_nothing(imported: Imported) -> None:
    _first, second = imported.printed

    counts = [line for line in second if "already here" in line]
    assert counts
    assert [line for line in counts if ": 0 new, " not in line] == []
    assert imported.there[1] == imported.there[0]


@pytest.mark.usefixtures("imported")
def test_the_recipe_forwards_new_notifications(project: Project) -> None:
    (project.directory / "forwarding.py").write_text(labelled("nyt-forward"))

    newest_first = json.loads(project.run("python", "-c", FORWARD))

    assert newest_first == [
        ["wiki/edit", "Edited", "/autumn/", 2],
        ["wiki/edit", "Edited", "/spring/", 1],
    ]
