"""What the doctor says of the queue of messages, and of who works at it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from realtime_notify.doctor import Severity, messages
from realtime_notify.media.email import resting
from realtime_notify.monitoring import promises
from realtime_notify.sending import leases
from realtime_notify.sending.leases import Wanted
from tests.sending.conftest import enqueue, media

__all__ = ["media"]

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the database anew."""
    monkeypatch.setattr(promises, "_known", None)


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def findings() -> dict[str, Any]:
    """Return the findings, those of the queue by medium."""
    return {one.values.get("medium", one.part): one for one in messages.examine()}


def test_an_empty_queue_is_well():
    found = findings()

    assert found["post"].says == "By post nothing is due."
    assert found["worker"].says == "Nothing has waited for a worker, so nothing tells of one."
    assert {one.severity for one in found.values()} == {Severity.OK}


def test_a_site_without_media_sends_nothing(settings):
    settings.REALTIME_NOTIFY = {}

    assert findings()["messages"].says == "The setting MEDIA is empty: nothing leaves the site."


def test_what_is_due_for_long_is_an_error_and_so_is_the_missing_worker(alice, fill):
    enqueue(alice, *fill(alice), due_at=ago(900))

    found = findings()

    assert found["post"].severity is found["worker"].severity is Severity.ERROR
    assert found["post"].says == "By post 1 are due, the first of them for 900 s."
    assert found["worker"].says.startswith("No worker sends: messages have been due for 900 s")
    assert found["pigeon"].severity is Severity.OK


def test_a_worker_that_holds_a_lease_is_named(alice, fill):
    enqueue(alice, *fill(alice), due_at=ago(120))
    lease = leases.take(Wanted("post"), 5)
    assert lease is not None

    worker = findings()["worker"]

    assert worker.severity is Severity.OK
    assert worker.values["workers"] == [lease.token.rpartition(":")[0]]


def test_what_has_just_been_sent_tells_of_a_worker(alice, fill):
    first, second = fill(alice, count=2)
    enqueue(alice, first, state="sent", finished_at=ago(5))
    enqueue(alice, second, due_at=ago(120))

    assert findings()["worker"].says == "1 messages left within the last minute."


def test_messages_that_were_given_up_are_a_warning(alice, fill):
    enqueue(alice, *fill(alice), state="dead", finished_at=ago(3600))

    assert findings()["post"].severity is Severity.WARNING


def test_messages_of_a_medium_that_is_gone_are_an_error(alice, fill, settings):
    enqueue(alice, *fill(alice), medium="pigeon")
    settings.REALTIME_NOTIFY = {"MEDIA": ["tests.sending.conftest.Post"]}

    assert findings()["pigeon"].severity is Severity.ERROR


def test_addresses_that_rest_are_counted():
    resting.rest("ann@example.com", "no such mailbox")

    assert findings()["messages"].values["resting"] == 1
