"""What surrounds the code: its workflows, hooks, templates and metadata say what is true."""

from __future__ import annotations

import os
import re
import tomllib
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

import realtime_notify
from tests.matrix import DJANGOS, OLDEST_PYTHON, parts
from tests.packaging.conftest import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
VERBS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
TEMPLATES = ROOT / ".github/ISSUE_TEMPLATE"
FORMS = sorted(set(TEMPLATES.glob("*.yml")) - {TEMPLATES / "config.yml"})
PAGES = ["CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text())
    return loaded


def jobs(path: Path) -> list[dict[str, Any]]:
    return list(load(path)["jobs"].values())


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path) for step in job.get("steps", [])]


def verbs_of(command: str) -> set[str]:
    """Return the verbs of a command that calls make, without its options and variables."""
    first, *words = command.split()
    return {word for word in words if re.fullmatch("[a-z]+", word)} if first == "make" else set()


def versions(framework: str) -> list[str]:
    """Return the versions that the classifiers name, such as "Framework :: Django" ones."""
    pattern = re.compile(rf"{framework} :: (\d+\.\d+)")
    return [found[1] for line in PROJECT["classifiers"] if (found := pattern.fullmatch(line))]


# The Makefile


def test_every_verb_is_explained() -> None:
    explained = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))

    assert explained == VERBS


def test_a_file_with_the_name_of_a_verb_does_not_stop_it() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)

    assert set(phony.split()) == VERBS


# Workflows and hooks


def test_what_is_run_everywhere_is_make_test() -> None:
    script = ROOT / ".ci/run"

    assert os.access(script, os.X_OK)
    assert script.read_text().endswith("exec make test\n")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_calls_what_there_is(path: Path) -> None:
    for command in (step["run"] for step in steps(path) if "run" in step):
        assert verbs_of(command) <= VERBS, command
        if command.startswith("."):
            assert os.access(ROOT / command, os.X_OK), command


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_uses_actions_of_a_fixed_version(path: Path) -> None:
    for used in (part["uses"] for part in [*jobs(path), *steps(path)] if "uses" in part):
        if used.startswith("./"):
            assert (ROOT / used).is_file(), used
        else:
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+\.\d+\.\d+", used), used


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_unless_a_job_asks_for_more(path: Path) -> None:
    assert load(path)["permissions"] == {"contents": "read"}


def test_a_release_is_published_after_all_tests() -> None:
    release = load(ROOT / ".github/workflows/release.yml")["jobs"]

    assert set(release["publish"]["needs"]) == {"test", "matrix", "build"}
    assert release["test"]["uses"] == "./.github/workflows/test.yml"
    assert release["matrix"]["uses"] == "./.github/workflows/matrix.yml"


def test_the_hooks_call_make() -> None:
    (repository,) = load(ROOT / ".pre-commit-config.yaml")["repos"]

    assert [verbs_of(hook["entry"]) for hook in repository["hooks"]] == [{"format"}, {"check"}]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_for_issues_asks_for_something(path: Path) -> None:
    form = load(path)

    assert form["name"]
    assert form["description"]
    assert any(field.get("validations", {}).get("required") for field in form["body"])


# Versions


def test_the_workflow_runs_every_combination_that_is_supported() -> None:
    matrix = load(ROOT / ".github/workflows/matrix.yml")["jobs"]["python"]["strategy"]["matrix"]
    left_out = {(cell["python"], cell["django"]) for cell in matrix["exclude"]}

    assert set(product(matrix["python"], matrix["django"])) - left_out == {
        (python, django)
        for python in versions("Programming Language :: Python")
        for django, oldest in DJANGOS.items()
        if parts(python) >= parts(oldest)
    }


def test_the_classifiers_name_what_the_matrix_runs() -> None:
    pythons = versions("Programming Language :: Python")

    assert versions("Framework :: Django") == list(DJANGOS)
    assert pythons[0] == OLDEST_PYTHON
    assert PROJECT["requires-python"] == f">={OLDEST_PYTHON}"


def test_the_distributions_have_the_packages_version(wheel: Path, sdist: Path) -> None:
    stem = f"realtime_notify-{realtime_notify.__version__}"

    assert wheel.name == f"{stem}-py3-none-any.whl"
    assert sdist.name == f"{stem}.tar.gz"


# Pages


@pytest.mark.parametrize("name", PAGES)
def test_a_pages_links_lead_somewhere(name: str) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", (ROOT / name).read_text()):
        assert link.startswith("https://") or (ROOT / link).exists(), link


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_verbs_that_make_has(name: str) -> None:
    for verb in re.findall(r"(?:^|`)make (\w+)", (ROOT / name).read_text(), re.MULTILINE):
        assert verb in VERBS


def test_every_address_is_of_the_same_home() -> None:
    home = PROJECT["urls"]["Homepage"]
    config = load(TEMPLATES / "config.yml")
    urls = [*PROJECT["urls"].values(), *(link["url"] for link in config["contact_links"])]

    assert {url for url in urls if not url.startswith(home)} == {PROJECT["urls"]["Documentation"]}
