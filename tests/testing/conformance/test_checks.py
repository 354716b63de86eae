"""The checks pass on servers that are right, and each fails on one that is wrong."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from realtime_notify import notify
from realtime_notify.testing.conformance.__main__ import main
from realtime_notify.testing.conformance.checks import CHECKS
from realtime_notify.testing.conformance.peer import Server
from tests.site import KINDS, ROOT, Site, running_site
from tests.testing.conformance.wrong_server import FAILURE, Frame, wrong_server

SLOW = 3.0
TUNED = {"PING_INTERVAL": 1, "HEAL_INTERVAL": 60, "FRAMES_PER_MINUTE": 1_000_000}


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    user = get_user_model().objects.get_or_create(username="alice")[0]
    for number in range(3):
        notify(f"Number {number}", "demo/hello", recipients=[user])
    with running_site(tmp_path) as site:
        yield site


def serve(site: Site, kind: str) -> tuple[str, str]:
    """Start a server; return its socket's URL, and the cookie of a user."""
    server = site.start(
        kind=KINDS[kind],
        DJANGO_SETTINGS_MODULE="tests.journeys.settings",
        RN_SETTINGS=json.dumps(TUNED),
    )
    return server.ws_url, site.login("alice", server)


@pytest.mark.parametrize("kind", KINDS)
def test_our_own_servers_pass_every_check(
    site: Site, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url, cookie = serve(site, kind)

    status = main([url, "--cookie", cookie, "--slow", str(SLOW)])

    report = capsys.readouterr().out
    assert status == 0, report
    assert report.splitlines()[-1] == f"{len(CHECKS)} ok, 0 FAILED, 0 not checked", report


def without(name: str) -> Any:
    return lambda frame: {field: value for field, value in frame.items() if field != name}


def right(frame: Frame) -> Frame:
    return frame


def another_error(frame: Frame) -> Frame:
    if "error" not in frame:
        return frame
    return {**frame, "error": {"code": "internal", "message": "Sorry.", "temporary": True}}


def refusing(frame: Frame) -> Frame:
    error = {"code": "bad_request", "message": "No.", "temporary": False}
    return {"id": frame["id"], "error": error} if "id" in frame else frame


def another_inbox_each_time(frame: Frame, count: Any = itertools.count()) -> Frame:  # noqa: B008
    return {**frame, "inbox": str(next(count))} if "inbox" in frame else frame


def pushing_wrong_counters(frame: Frame) -> Frame:
    return (
        {**frame, "unread": frame["unread"] + 5} if {"id", "unread"} - {*frame} == {"id"} else frame
    )


def answering_in_pairs(frame: Frame) -> Frame:
    return {**frame, "id": frame["id"] ^ 1} if (frame.get("id") or 0) > 100 else frame


def marking_all(frame: Frame) -> Frame:
    return {**frame, "read": {"ids": [1]}} if "from" in frame else frame


def counting_on_pages(frame: Frame) -> Frame:
    return {"unread": 0, **frame} if "put" in frame else frame


def beating_evenly(frame: Frame) -> Frame:
    return {**frame, "beat": "tick"} if "beat" in frame else frame


WRONG: dict[str, dict[str, Any]] = {
    "subprotocol": {"subprotocol": False},
    "first_hello": {"distort": without("reset")},
    "inbox_of_answers": {"distort": without("inbox")},
    "unknown_fields": {"distort": refusing},
    "null_fields": {"distort": without("reset")},
    "command_before_hello": {"distort": another_error},
    "second_hello": {"distort": another_inbox_each_time},
    "sync_of_another_inbox": {"distort": without("reset")},
    "command_for_another_inbox": {"distort": another_error},
    "command_that_changes_nothing": {"distort": without("from")},
    "ids_of_nobody": {"distort": marking_all},
    "marks_reach_every_connection": {"distort": pushing_wrong_counters},
    "page": {"distort": counting_on_pages},
    "wrong_arguments": {"distort": another_error},
    "two_commands": {"distort": another_error},
    "unknown_command": {"distort": another_error},
    "subscription_to_nothing": {"distort": another_error},
    "order_of_answers": {"distort": answering_in_pairs},
    "bad_json": {"distort": another_error},
    "too_large": {"distort": another_error},
    "ten_bad_frames": {"close_code": FAILURE},
    "nobody_signed_in": {"close_code": FAILURE},
    "another_origin": {"close_code": FAILURE},
    "heartbeats": {"distort": beating_evenly},
    "flood": {"close_code": FAILURE},
}


def test_every_check_fails_on_a_server_that_is_wrong_there(site: Site, subtests: Any) -> None:
    url, cookie = serve(site, "uvicorn")

    assert {check.name for check in CHECKS} == WRONG.keys()
    for check in CHECKS:
        with (
            subtests.test(check.name),
            wrong_server(url, **{"distort": right, **WRONG[check.name]}) as wrong,
        ):
            server = Server(wrong, {"Cookie": cookie}, slow_patience=SLOW)
            with pytest.raises(AssertionError):
                check.run(server)


def test_the_report_names_the_sentence_and_what_was_wrong(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    url, cookie = serve(site, "uvicorn")

    with wrong_server(url, without("reset")) as wrong:
        status = main([wrong, "--cookie", cookie, "--only", "first_hello", "--only", "page"])

    report = capsys.readouterr().out
    assert status == 1
    assert "FAILED      first_hello: On a first visit the answer is a *reset*." in report
    assert "The answer to hello is no reset" in report
    assert report.endswith("1 ok, 1 FAILED, 0 not checked\n")


def test_what_cannot_be_checked_is_said_and_fails_nothing(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    url, cookie = serve(site, "uvicorn")

    status = main([url, "--cookie", cookie, "--only", "heartbeats"])

    report = capsys.readouterr().out
    assert status == 0
    assert "Heartbeats come every 1 s. Pass --slow with as many." in report


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_sentence_stands_in_the_specification(check: Any) -> None:
    specification = " ".join((ROOT / "docs/protocol.md").read_text().split())

    assert check.sentence in specification
