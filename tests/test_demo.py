"""The demo site, under its own settings: in a process of its own, as Django has but one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.site import ROOT

BEGIN = """
import json, sys
import django
django.setup()
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from realtime_notify.models import *
settings.ALLOWED_HOSTS.append("testserver")
"""
Demo = Callable[..., str]


def run(database: Path, code: str, **environment: str) -> str:
    """Run some Python in the demo's settings and return what it printed."""
    result = subprocess.run(
        [sys.executable, "-c", BEGIN + code],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "demo.settings",
            "DATABASE_URL": f"sqlite:///{database}",
            "REDIS_URL": "",
            "PYTHONWARNINGS": "default",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the people of the demo, to be copied."""
    database = tmp_path_factory.mktemp("demo") / "template.sqlite3"
    run(database, 'call_command("migrate", verbosity=0)\ncall_command("demo")')
    return database


@pytest.fixture
def demo(template: Path, tmp_path: Path) -> Demo:
    """Run some Python in a demo of the test's own: demo("print(User.objects.count())")."""
    return partial(run, Path(shutil.copy(template, tmp_path / "demo.sqlite3")))


def test_the_people_are_made_once(tmp_path: Path) -> None:
    printed = run(
        tmp_path / "demo.sqlite3",
        """
call_command("migrate", verbosity=0)
call_command("demo")
before = [model.objects.count() for model in (User, Subscription, Notification, NotificationType)]
call_command("demo")
after = [model.objects.count() for model in (User, Subscription, Notification, NotificationType)]
print(before == after, before[0] > 3, User.objects.filter(is_superuser=True).exists())
""",
    )

    assert printed.splitlines() == [
        "Demo people made: alice, bob, carol.",
        "Demo people are there: alice, bob, carol.",
        "True True False",  # the gallery has people of its own
    ]


def test_one_click_signs_in_by_button_and_by_address(demo: Demo) -> None:
    printed = demo(
        """
client = Client()
assert "Come in as" in client.get("/").content.decode()
assert client.get("/as/alice/")["Location"] == "/"
page = client.get("/")
print("Hello, alice" in page.content.decode(), "<notify-bell " in page.content.decode())
assert client.post("/as/bob/").status_code == 302
print("Hello, bob" in client.get("/").content.decode())
assert client.post("/sign-out/").status_code == 302
print("Come in as" in client.get("/").content.decode())
print(client.get("/as/mallory/").status_code)
""",
    )

    assert printed.splitlines() == ["True True", "True", "True", "404"]


def test_nobody_signs_in_elsewhere(demo: Demo) -> None:
    printed = demo(
        """
from django.test import override_settings
OFF = [dict(DEMO_SIGN_IN=False), dict(DEMO_SIGN_IN="yes"), dict(DEMO_SIGN_IN=1), dict(DEBUG=False)]
AWAY = [
    dict(REMOTE_ADDR="192.0.2.7"),
    dict(REMOTE_ADDR=""),
    dict(HTTP_X_FORWARDED_FOR="127.0.0.1"),
    dict(HTTP_FORWARDED="for=127.0.0.1"),
    dict(HTTP_X_REAL_IP="127.0.0.1"),
]
def attempt(**environ):
    for method in ("get", "post"):
        client = Client(**environ)
        print(getattr(client, method)("/as/alice/").status_code, "sessionid" in client.cookies)
for off in OFF:
    with override_settings(**off):
        attempt()
for away in AWAY:
    attempt(**away)
del settings.DEMO_SIGN_IN
attempt()
attempt(HTTP_HOST="rebound.example")
""",
    )

    assert printed.splitlines() == ["404 False"] * 20 + ["400 False"] * 2


def test_the_form_sends_what_it_says(demo: Demo) -> None:
    printed = demo(
        """
client = Client()
client.get("/as/alice/")
form = {"to": "bob", "message": "Tea?", "key": "demo/comment", "url": "/somewhere/",
        "level": "warning"}
print(client.post("/send/", form)["Location"])
event = Event.objects.first()
print(event.message, event.type_id, event.url, event.level, event.actor.username)
print(*[one.user.username for one in event.notifications.all()])
answer = client.post("/send/", {**form, "to": "subscribers", "key": "demo/alarm"},
                     headers={"Accept": "application/json"})
print(answer.json()["told"])
print(*sorted(one.user.username for one in Event.objects.first().notifications.all()))
""",
    )

    assert printed.splitlines() == [
        "/",
        "Tea? demo/comment /somewhere/ warning alice",
        "bob",
        "Sent to the subscribers of demo/alarm.",
        "alice carol",
    ]


def test_the_form_says_what_is_wrong(demo: Demo) -> None:
    printed = demo(
        """
client = Client()
client.get("/as/alice/")
before = Event.objects.count()
good = {"to": "bob", "message": "Tea?", "key": "demo/comment", "level": "info"}
for wrong in ({"to": "mallory"}, {"message": ""}, {"url": "javascript:alert(1)"}, {"level": "x"}):
    plain = client.post("/send/", {**good, **wrong})
    json_too = client.post("/send/", {**good, **wrong}, headers={"Accept": "application/json"})
    print(plain.status_code, json_too.status_code, json_too.json()["told"])
    assert "role=\\"alert\\"" in plain.content.decode()
print(Event.objects.count() - before)
print(Client().post("/send/", good)["Location"])
print(Client().post("/send/", good, headers={"Accept": "application/json"}).status_code)
""",
    )

    lines = printed.splitlines()
    assert [line[:8] for line in lines[:4]] == ["400 400 "] * 4
    assert "javascript:alert(1)" in lines[2]
    assert lines[4:] == ["0", "/", "401"]


def test_every_page_is_under_the_strict_policy(demo: Demo) -> None:
    printed = demo(
        """
client = Client()
policies = [client.get("/")["Content-Security-Policy"]]
client.get("/as/alice/")
for address in ("/", "/notifications/", "/somewhere/"):
    page = client.get(address)
    policies.append(page["Content-Security-Policy"])
    html = page.content.decode()
    assert "style=" not in html and "<style" not in html and "onclick" not in html, address
print(len(policies), len(set(policies)))
print(policies[0])
""",
    )

    lines = printed.splitlines()
    assert lines[0] == "4 1"
    for directive in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ):
        assert directive in lines[1]


def test_the_settings_of_the_demo_pass_the_checks(demo: Demo) -> None:
    demo('call_command("check", fail_level="WARNING")')


def test_a_second_person_comes_in_under_the_other_name_of_this_machine(demo: Demo) -> None:
    printed = demo(
        """
import re
for host in ("127.0.0.1:8000", "localhost:9000", "[::1]:8000", "127.0.0.1"):
    client = Client(headers={"host": host})
    client.get("/as/alice/")
    print(*re.findall('"(http:[^"]*/as/[^"]*)"', client.get("/").content.decode()))
""",
    )

    assert printed.splitlines() == [
        "http://localhost:8000/as/bob/ http://localhost:8000/as/carol/",
        "http://127.0.0.1:9000/as/bob/ http://127.0.0.1:9000/as/carol/",
        "http://127.0.0.1:8000/as/bob/ http://127.0.0.1:8000/as/carol/",
        "http://localhost/as/bob/ http://localhost/as/carol/",
    ]


def test_the_demo_is_not_in_the_wheel() -> None:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["realtime_notify"]


def test_a_mail_that_would_have_been_sent_is_shown(demo: Demo, tmp_path: Path) -> None:
    shown = demo(
        """
from datetime import timedelta
from django.utils import timezone
from realtime_notify import notify, sending
call_command("demo", verbosity=0)
alice = User.objects.get(username="alice")
User.objects.exclude(pk=alice.pk).update(email="")
notify("Deploy finished", "demo/deploy", recipients=[alice])
sending.send_due(now=timezone.now() + timedelta(minutes=1))
client = Client()
page = client.get("/demo/outbox/").content.decode()
import re
name = re.search("/demo/outbox/([0-9]+)/", page)[1]
mail = client.get(f"/demo/outbox/{name}/").content.decode()
html = client.get(f"/demo/outbox/{name}/html/")
print(json.dumps(["alice@example.com" in page, "alice@example.com" in mail,
    "Deploy finished" in html.content.decode(), "sandbox" in html["Content-Security-Policy"]]))
""",
        DEMO_OUTBOX=str(tmp_path / "outbox"),
    )

    assert json.loads(shown.splitlines()[-1]) == [True, True, True, True]
