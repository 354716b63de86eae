"""Whoever reads in the browser is not mailed: a browser, a worker and a mail server."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from realtime_notify.outbox.windows import Rhythm, due_at
from tests.browser.conftest import settle_in
from tests.browser.people import Person, expect_unread, panel, trigger
from tests.browser.test_pending import PENDING
from tests.media.email.mail_server import MailServer, mail_server
from tests.services import Redis
from tests.site import ROOT, Site, running_site

DELAY = 6
SET_DELAY = (
    "from realtime_notify.models import NotificationType as T;"
    f"T.objects.create(key='browser/test', delay={DELAY})"
)
GIVE_ADDRESSES = (
    "from django.contrib.auth.models import User; from django.db.models import F, Value;"
    "from django.db.models.functions import Concat;"
    "User.objects.update(email=Concat(F('username'), Value('@example.com')))"
)
OpenBrowser = Callable[..., BrowserContext]


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def mailing_site(mails: MailServer, shared_redis: Redis, tmp_path: Path) -> Iterator[Site]:
    """A site whose mails the mail server gets."""
    with running_site(tmp_path, shared_redis.url) as site:
        site.environment["EMAIL_PORT"] = str(mails.port)
        settle_in(site, tmp_path, "tests.browser.settings")
        site.manage("shell", "--command", SET_DELAY)
        site.start()
        yield site


@pytest.fixture
def worker(mailing_site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """The worker of the site."""
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "notify_worker", "--interval", "0.2"],
        cwd=ROOT,
        env=mailing_site.environment,
        stdout=subprocess.DEVNULL,
    )
    yield worker
    worker.kill()
    worker.wait(20)


def sent_at(began: float) -> float:
    """Return when what was told at a moment is due, in seconds since the epoch."""
    moment = due_at(Rhythm(), datetime.fromtimestamp(began, UTC), DELAY)
    assert moment is not None
    return moment.timestamp()


def wait_until(moment: float, page: Page) -> None:
    page.wait_for_timeout(max(0.0, moment - time.time()) * 1000)


def test_who_reads_in_the_browser_in_time_is_not_mailed_and_who_does_not_is(
    mailing_site: Site,
    worker: subprocess.Popen[bytes],
    mails: MailServer,
    open_browser: OpenBrowser,
) -> None:
    soon, late, away = (Person(mailing_site, name) for name in ("soon", "late", "away"))
    pages = [person.sign_in(open_browser()) for person in (soon, late)]
    for page in pages:
        trigger(page).click()
        expect(panel(page)).to_be_visible()
    mailing_site.login("away")
    mailing_site.manage("shell", "--command", GIVE_ADDRESSES)
    due = [sent_at(person.tell("First")) for person in (soon, late, away)]
    for page in pages:
        expect_unread(page, 1)

    pages[0].get_by_role("button", name="Mark as read: First").click()
    wait_until(due[1] - 2, pages[1])
    assert mails.mails == []
    # Whether a click arrives in the last second is not for a busy machine to say.
    worker.send_signal(signal.SIGSTOP)
    pages[1].get_by_role("button", name="Mark as read: First").click()
    for page in pages:
        expect_unread(page, 0)
        page.wait_for_function(f"() => {PENDING} === 0")
    worker.send_signal(signal.SIGCONT)
    deadline = max(due) + 15
    while not mails.mails:
        assert time.time() < deadline, "Nobody was mailed."
        wait_until(time.time() + 0.05, pages[1])
    worker.terminate()  # it finishes what it has begun
    assert worker.wait(20) == 0

    assert [mail["To"] for mail in mails.mails] == ["away@example.com"]
