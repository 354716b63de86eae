"""The documentation's site, built as `make docs` builds it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import realtime_notify
from realtime_notify import exceptions
from tests.pages import ROOT

MODULES = ("inbox", "models", "notifiers", "retention", "subscriptions", "testing")
ELSEWHERE = re.compile(
    r"<(?:script|img|iframe)[^>]*\ssrc=\"https?:[^\"]*"
    r"|<link[^>]*rel=\"(?:stylesheet|preconnect)\"[^>]*href=\"https?:[^\"]*"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site; a warning, such as a page missing from the menu, is an error."""
    directory = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(directory)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}

    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    assert built.returncode == 0, built.stdout + built.stderr
    return directory


def test_every_page_is_in_the_site(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}

    assert [page for page in pages if not (site / page).with_suffix(".html").exists()] == []


def test_the_site_asks_no_other_host_for_anything(site: Path) -> None:
    pages = list(site.rglob("*.html"))

    assert len(pages) > 40
    for page in pages:
        assert ELSEWHERE.findall(page.read_text()) == [], page.name


def test_the_reference_has_everything_public(site: Path) -> None:
    modules = [realtime_notify, *(import_module(f"realtime_notify.{name}") for name in MODULES)]
    public = {name for module in modules for name in module.__all__}
    public |= {name for name, value in vars(exceptions).items() if isinstance(value, type)}
    twins = {name for name in public if name[1:] in public and name.startswith("a")}

    pages = "".join(page.read_text() for page in (site / "reference").glob("*.html"))
    documented = {
        name.rpartition(".")[2] for name in re.findall(r'id="(realtime_notify\.\S+)"', pages)
    }

    assert public - twins - documented == set()


def test_links_to_files_outside_the_pages_work_in_the_site(site: Path) -> None:
    front, operations = site / "index.html", site / "operations.html"

    assert 'href="quickstart.html"' in front.read_text()
    assert 'href="benchmarks.html"' in front.read_text()
    assert 'href="files/docker-compose.yml.html"' in operations.read_text()
    assert "services:" in re.sub(
        "<[^>]+>", "", (site / "files/docker-compose.yml.html").read_text()
    )
