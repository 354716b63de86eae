"""The checks pass on servers that are right, and each fails on one that is wrong."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from realtime_notify import notify, subscribe
from realtime_notify.models import NotificationType
from realtime_notify.testing.conformance.__main__ import main
from realtime_notify.testing.conformance.checks import CHECKS, Check
from realtime_notify.testing.conformance.peer import Server
from tests.site import KINDS, ROOT, Site, running_site
from tests.site import Server as Process
from tests.testing.conformance.wrong_server import wrong_server
from tests.testing.conformance.wrongs import Wrong, wrongs

SLOW = 8.0  # seconds: four heartbeats
NAMES = [check.name for check in CHECKS]
TUNED = {
    "FRAME_BURST": 40,
    "FRAME_RATE": 4,
    "FRAMES_PER_MINUTE": 1_000_000,
    "HEAL_INTERVAL": 60,
    "HELLO_TIMEOUT": 6,
    "MAX_CONNECTIONS_PER_USER": 12,
    "PING_INTERVAL": 2,
    "SEND_WINDOW_FRAMES": 16,
    "SWEEP_INTERVAL": 0.5,
}
CSRF_TOKEN = "c" * 32


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    """A site where everybody has some notifications: one account for each kind and check."""
    model = get_user_model()
    model.objects.bulk_create(model(username=name) for name in (*KINDS, *NAMES))
    for number in range(5):
        notify(f"Number {number}", "demo/hello", recipients=model.objects.all())
    for user in model.objects.all():
        subscribe(user, f"news/{user}")
    NotificationType.objects.filter(key="demo/hello").update(self_service=True)
    with running_site(tmp_path) as site:
        yield site


def start(site: Site, kind: str) -> Process:
    return site.start(
        kind=KINDS[kind],
        DJANGO_SETTINGS_MODULE="tests.journeys.settings",
        RN_SETTINGS=json.dumps(TUNED),
    )


def ticket(process: Process, cookie: str) -> str:
    """Return a ticket of whom a cookie signs in."""
    request = urllib.request.Request(
        f"{process.url}/notifications/api/ticket/",
        data=b"{}",
        headers={
            "Content-Type": "application/json",
            "Cookie": f"{cookie}; csrftoken={CSRF_TOKEN}",
            "X-CSRFToken": CSRF_TOKEN,
        },
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return str(json.load(response)["ticket"])


def tell(process: Process, name: str, query: str = "") -> None:
    """Let the site notify somebody."""
    urllib.request.urlopen(f"{process.url}/notify/{name}/{query}", timeout=10).close()


def command_line(process: Process, cookie: str, kind: str) -> list[str]:
    """Return the command that makes all checks on a server."""
    fetch = f"import urllib.request as r; r.urlopen('{process.url}/notify/{kind}/%s').close()"
    sends = [shlex.join([sys.executable, "-c", fetch % how]) for how in ("", "?broadcast")]
    return [
        *(sys.executable, "-m", "realtime_notify.testing.conformance", process.ws_url),
        *("--cookie", cookie, f"--ticket={ticket(process, cookie)}", "--key", "demo/hello"),
        *(word for send in sends for word in ("--send", send)),
        *("--slow", str(SLOW), "--delete"),
    ]


def verdict(check: Check, wrong: Wrong, process: Process, cookie: str) -> str:
    """Return why a check fails on its wrong server, which stands before a right one."""
    with wrong_server(process.ws_url, wrong.distort, **wrong.options) as url:
        server = Server(
            url,
            {"Cookie": cookie},
            patience=wrong.patience,
            slow_patience=SLOW,
            ticket=ticket(process, cookie),
            key="demo/hello",
            send=(partial(tell, process, check.name),),
            may_delete=True,
        )
        try:
            check.run(server)
        except AssertionError as error:
            return str(error)
    return "nothing"


def test_right_servers_pass_every_check_and_wrong_ones_fail_theirs(
    site: Site, subtests: Any
) -> None:
    wrong = wrongs()
    assert wrong.keys() == set(NAMES)
    processes = {kind: start(site, kind) for kind in KINDS}
    cookies = {name: site.login(name) for name in (*KINDS, *NAMES)}

    runs = {
        kind: subprocess.Popen(
            command_line(process, cookies[kind], kind), stdout=subprocess.PIPE, text=True
        )
        for kind, process in processes.items()
    }
    with ThreadPoolExecutor(max_workers=8) as threads:
        found = {
            check.name: threads.submit(
                verdict, check, wrong[check.name], processes["uvicorn"], cookies[check.name]
            )
            for check in sorted(CHECKS, key=lambda check: not check.only_waits)
        }

    for kind, run in runs.items():
        report, _ = run.communicate(timeout=120)
        with subtests.test(kind):
            assert report.splitlines()[-1] == f"{len(CHECKS)} ok, 0 FAILED, 0 not checked", report
            assert run.returncode == 0
    for name, reason in found.items():
        with subtests.test(name):
            assert wrong[name].reason in reason.result()


def test_the_report_says_what_was_wrong_and_what_was_not_checked(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    process = start(site, "uvicorn")
    cookie = site.login("first_hello")
    only = [word for name in ("first_hello", "page", "heartbeats") for word in ("--only", name)]

    with wrong_server(process.ws_url, wrongs()["first_hello"].distort) as url:
        status = main([url, "--cookie", cookie, *only])

    report = capsys.readouterr().out
    assert status == 1
    assert "FAILED      first_hello: On a first visit the answer is a *reset*." in report
    assert "The answer to hello is no reset" in report
    assert "Waiting for heartbeats takes 2 s. Pass --slow with as many." in report
    assert report.endswith("1 ok, 1 FAILED, 1 not checked\n")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_sentence_stands_in_the_specification(check: Check) -> None:
    specification = " ".join((ROOT / "docs/protocol.md").read_text().split())

    assert check.sentence in specification
