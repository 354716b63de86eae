"""The command that makes the key of Web Push."""

from __future__ import annotations

import ast
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command, execute_from_command_line

from realtime_notify.media.webpush import vapid


def run(*arguments: str) -> tuple[dict[str, str], str]:
    """Return the entries that it prints, and what it says of them."""
    out, said = StringIO(), StringIO()
    call_command("notify_vapid", *arguments, stdout=out, stderr=said)
    entries: dict[str, str] = ast.literal_eval("{" + out.getvalue() + "}")
    return entries, said.getvalue()


def test_what_it_prints_can_be_pasted_into_the_settings(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {}

    entries, said = run("--subject", "mailto:webmaster@example.org")

    assert vapid.problem_of_key(entries["VAPID_PRIVATE_KEY"]) == ""
    assert entries["VAPID_SUBJECT"] == "mailto:webmaster@example.org"
    assert "is a secret" in said
    assert "already" not in said
    settings.REALTIME_NOTIFY = entries
    assert len(vapid.decoded(vapid.public_key())) == 65


def test_a_site_that_asks_for_web_push_before_it_has_a_key_can_make_one(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["webpush"]}

    # As a shell runs it: with the system checks first, which say that there is no key.
    execute_from_command_line(["manage.py", "notify_vapid"])

    assert "VAPID_PRIVATE_KEY" in capsys.readouterr().out


def test_each_key_is_another() -> None:
    assert run()[0] != run()[0]


def test_it_warns_of_replacing_a_key(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"VAPID_PRIVATE_KEY": vapid.generate()}

    assert "have a key already" in run()[1]


def test_a_subject_that_reaches_nobody_is_refused() -> None:
    with pytest.raises(CommandError, match="is no way to reach you"):
        run("--subject", "webmaster")


def test_without_its_packages_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vapid, "is_installed", lambda: False)

    with pytest.raises(CommandError, match=r"realtime-notify\[webpush\]"):
        run()
