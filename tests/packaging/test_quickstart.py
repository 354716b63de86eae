"""The quickstart and the README, each followed to the letter with the wheel alone installed.

The quickstart makes a new project. The README is followed in one that has a page already.

How their blocks are read:

- ```console: lines that begin with "$ " are commands. `pip install` is done already,
  `createsuperuser` asks questions, and `runserver` is done by this test with Daphne; everything
  else is run.
- ```python: the first line names the file, "# mysite/settings.py". The block is added at the end,
  or replaces the file when the line ends in "(the whole file)". Without a name it is for reading.
- ```html: likewise, "<!-- templates/base.html (the whole file) -->".
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.packaging.conftest import ROOT
from tests.site import Server

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^(?:#|<!--) (\S+\.(?:py|html))( \(the whole file\))?(?: -->)?$")
START = {
    "mysite/urls.py": """
from django.views.generic import TemplateView

urlpatterns += [path("", TemplateView.as_view(template_name="base.html"))]
""",
    "templates/base.html": "<!doctype html>\n<title>My site</title>\n",
}
"""A page that a project has before it comes to the README."""
LEFT_OUT = {"pip", "createsuperuser", "runserver"}
SIGN_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore

user = get_user_model().objects.create_superuser("alice")
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print(session.session_key)
"""


class Project:
    """A new project that follows the quickstart."""

    def __init__(self, directory: Path, programs: Path) -> None:
        self.directory = directory
        self.environment = {
            "HOME": os.environ.get("HOME", "/"),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "VIRTUAL_ENV": str(programs.parent),
        }

    def start(self) -> None:
        """Make a project of one page."""
        self.run("django-admin", "startproject", "mysite")
        self.directory /= "mysite"
        for name, text in START.items():
            self.append(name, text)

    def run(self, *command: str) -> str:
        result = subprocess.run(
            command, cwd=self.directory, env=self.environment, capture_output=True, text=True
        )
        assert result.returncode == 0, f"{shlex.join(command)}:\n{result.stdout}{result.stderr}"
        return result.stdout

    def follow(self, text: str) -> None:
        """Do what the page says, block after block."""
        for language, block in BLOCK.findall(text):
            if language == "console":
                self.follow_commands(block)
            elif language in ("python", "html"):
                self.follow_file(block)

    def follow_commands(self, block: str) -> None:
        for line in block.splitlines():
            if not line.startswith("$ "):
                continue
            command = shlex.split(line.removeprefix("$ "), comments=True)
            if LEFT_OUT & set(command):
                continue
            if command[0] == "cd":
                self.directory /= command[1]
            else:
                self.run(*command)

    def follow_file(self, block: str) -> None:
        first, _, rest = block.partition("\n")
        if not (named := FILE.match(first)):
            return
        if named[2]:
            (self.directory / named[1]).unlink(missing_ok=True)
        self.append(named[1], rest)

    def append(self, name: str, text: str) -> None:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text() if path.exists() else ""
        path.write_text(f"{before}\n{text}")


class ProjectServer(Server):
    """The project's own ASGI application under Daphne."""

    ready_path = "/admin/login/"

    def __init__(self, project: Project, log: Path) -> None:
        super().__init__(project.environment, log)
        self.project = project

    def command(self) -> list[str]:
        daphne = ["daphne", "-b", "127.0.0.1", "-p", str(self.port), "mysite.asgi:application"]
        return ["env", "-C", str(self.project.directory), *daphne]


@pytest.fixture(scope="module", params=["docs/quickstart.md", "README.md"])
def project(
    request: pytest.FixtureRequest, clean_bin: Path, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    project = Project(tmp_path_factory.mktemp("project"), clean_bin)
    if request.param == "README.md":
        project.start()
    project.follow((ROOT / request.param).read_text())
    return project


@pytest.fixture(scope="module")
def server(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = ProjectServer(project, tmp_path_factory.mktemp("log") / "log")
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def session(project: Project) -> str:
    """Sign a user called alice in."""
    return project.run("python", "manage.py", "shell", "-v0", "-c", SIGN_IN).split()[-1]


def test_the_project_passes_djangos_checks(project: Project) -> None:
    assert "no issues" in project.run("python", "manage.py", "check")


def test_no_migration_is_missing(project: Project) -> None:
    project.run("python", "manage.py", "makemigrations", "--check", "--dry-run", "realtime_notify")


def test_a_notification_reaches_the_projects_open_socket(
    project: Project, server: Server, session: str
) -> None:
    with connect(
        server.ws_url,
        origin=Origin(server.url),
        additional_headers={"Cookie": f"sessionid={session}"},
    ) as socket:
        socket.send('{"id":1,"hello":{}}')
        first = json.loads(socket.recv(timeout=10))
        project.run("python", "manage.py", "notify", "blog/new", "It works", "--to", "alice")
        # Without Redis it comes by the heal query, which names the revision; then one asks.
        pushed = json.loads(socket.recv(timeout=10))
        socket.send(json.dumps({"id": 2, "sync": {"since": first["rev"]}}))
        synced = json.loads(socket.recv(timeout=10))

    assert pushed["rev"] == first["rev"] + 1
    assert [item["message"] for item in synced["put"]] == ["It works"]
    assert synced["unread"] == 1


def test_every_template_that_is_shown_has_the_bell(
    project: Project, server: Server, session: str
) -> None:
    paths = ["/"]
    if (project.directory / "templates/admin/base_site.html").exists():
        paths.append("/admin/")
    for path in paths:
        request = urllib.request.Request(
            f"{server.url}{path}", headers={"Cookie": f"sessionid={session}"}
        )

        with urllib.request.urlopen(request) as response:
            page = response.read().decode()

        assert "<notify-bell" in page, path
        assert "realtime_notify/notify-bell.js" in page, path
