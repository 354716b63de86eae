"""`manage.py notify_doctor`, as a shell and a program run it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from realtime_notify.inbox import counts
from realtime_notify.models import Inbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys: Any, settings: Any) -> Any:
    """Run the command, and return its exit status and what it printed."""
    settings.SILENCED_SYSTEM_CHECKS = [
        "realtime_notify.W003",  # the tests' in-memory layer
        "realtime_notify.W006",
    ]

    def make(*arguments: str) -> tuple[int, str]:
        status = 0
        try:
            call_command("notify_doctor", "--no-color", *arguments)
        except SystemExit as end:
            status = int(str(end.code))
        return status, capsys.readouterr().out

    return make


def test_a_healthy_site_ends_with_0_and_has_a_line_for_each_part(run, alice, fill):
    fill(alice)

    status, printed = run()

    assert status == 0, printed
    parts = [line.split()[1] for line in printed.splitlines()]
    assert parts == [
        *("settings", "database", "database", "layer", "promises", "messages", "site", "counters")
    ]


def test_an_error_ends_with_2_and_says_what_to_do_below_it(run, alice, fill):
    fill(alice)
    Inbox.objects.update(unread=7)

    status, printed = run()

    assert status == 2
    assert "\nerror    counters  1 of 1 inbox had wrong numbers; " in printed
    assert "\n                   → Run it with --repair. " in printed


def test_repair_mends_and_ends_with_1_the_next_run_is_well(run, alice, fill):
    fill(alice)
    Inbox.objects.update(unread=7)

    assert run("--repair")[0] == 1
    assert counts(alice)["unread"] == 1
    assert run()[0] == 0


def test_programs_get_json(run, alice, fill):
    fill(alice)
    Inbox.objects.update(unread=7)

    status, printed = run("--json")
    report = json.loads(printed)

    assert status == 2
    assert report["severity"] == "error"
    (counters,) = (one for one in report["findings"] if one["part"] == "counters")
    assert counters.keys() == {"part", "severity", "says", "advice", "values"}
    assert counters["values"]["first"][0]["rows_unread"] == 1


def test_a_part_that_cannot_be_looked_at_keeps_no_other_from_it(run, settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "no.such.Layer"}}

    status, printed = run()

    assert status == 2
    assert "error    settings  CHANNEL_LAYERS['default']['BACKEND'] is 'no.such.Layer'" in printed
    assert "error    layer     It could not be looked at: " in printed
    assert "→ Mend what the errors above it say, and run it again." in printed
    assert "\nok       counters" in printed


def test_a_part_that_nothing_above_explains_is_to_be_mended_itself(run, settings):
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hots": []}}
    }

    _status, printed = run()

    assert "error    settings" not in printed
    assert "error    layer     It could not be looked at: TypeError" in printed
    assert "→ No error above it explains that: mend what it says, and run it again." in printed


def test_mistakes_in_the_settings_are_findings(run, settings):
    settings.REALTIME_NOTIFY = {"PAGE_SIZ": 5}

    status, printed = run()

    assert status == 2
    assert "PAGE_SIZ" in printed


@pytest.mark.parametrize("url", ["example.com", "ftp://example.com", "https://"])
def test_an_address_that_is_none_is_refused(run, url):
    with pytest.raises(CommandError, match="--url must begin with http"):
        run("--url", url)
