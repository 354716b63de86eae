"""What Web Push needs is asked for where the site pushes, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_notify.media.webpush import vapid
from tests.test_checks import found


def test_nothing_is_asked_of_a_site_that_does_not_push(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"VAPID_PRIVATE_KEY": "nonsense"}

    assert [*found("E011"), *found("E012"), *found("E013")] == []


def test_a_site_with_a_key_and_a_subject_is_fine(settings: Any) -> None:
    for subject in ("mailto:webmaster@example.com", "https://example.com/contact"):
        settings.REALTIME_NOTIFY = {
            "MEDIA": ["webpush"],
            "VAPID_PRIVATE_KEY": vapid.generate(),
            "VAPID_SUBJECT": subject,
        }
        assert [*found("E011"), *found("E012"), *found("E013")] == []


@pytest.mark.parametrize(
    ("key", "flaw"),
    [
        ("", "is not set"),
        ("AAAA", "has 3 bytes instead of 32"),
        ("no key!", "is not written in base64url"),
        ("A" * 43, "is not a number on the curve"),
        ("_" * 43, "is not a number on the curve"),
    ],
)
def test_a_key_that_is_none_is_an_error(settings: Any, key: str, flaw: str) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["webpush"], "VAPID_PRIVATE_KEY": key}

    (error,) = found("E012")

    assert flaw in error.msg
    assert "notify_vapid" in str(error.hint)
    assert key not in error.msg or not key, "it is a secret"


@pytest.mark.parametrize(
    "subject", ["", "webmaster@example.com", "mailto:", "mailto:root@localhost", "http://a.b"]
)
def test_a_subject_where_nobody_can_be_reached_is_an_error(settings: Any, subject: str) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["webpush"], "VAPID_SUBJECT": subject}

    (error,) = found("E013")

    assert (repr(subject) if subject else "is not set") in error.msg


def test_without_its_packages_the_extra_is_named(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["webpush"]}
    monkeypatch.setattr(vapid, "is_installed", lambda: False)

    (error,) = found("E011")

    assert "pip install 'realtime-notify[webpush]'" in str(error.hint)
