"""The system checks of media."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import Tags, run_checks

from realtime_notify.models import Medium, NotificationType
from realtime_notify.outbox import MediumBackend

Nothing = 5


class Nameless(MediumBackend):
    """A medium without a name."""


class Mail(MediumBackend):
    """A second medium of the same name."""

    name = "email"


def errors() -> list[tuple[str, str | None]]:
    found = [
        one for one in run_checks(tags=["realtime_notify"]) if one.id == "realtime_notify.E007"
    ]
    return [(one.msg, one.hint) for one in found]


def warnings() -> list[Any]:
    found = run_checks(tags=[Tags.database], databases=["default"])
    return [one for one in found if one.id == "realtime_notify.W008"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("no.such.Medium", "cannot be imported: No module named 'no'"),
        ("pigeon", "cannot be imported"),
        (f"{__name__}.Nothing", "is not a subclass of MediumBackend"),
        (f"{__name__}.Nameless", "has no name"),
    ],
)
def test_an_entry_that_is_no_medium_is_an_error(settings: Any, entry: str, said: str) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["email", entry]}

    ((message, hint),) = errors()

    assert f"lists '{entry}', which" in message
    assert said in message
    assert hint is not None
    assert "'email', 'webpush', 'webhook', or the dotted path of a MediumBackend" in hint


@pytest.mark.parametrize("entry", ["email", f"{__name__}.Mail"])
def test_a_second_medium_of_a_name_is_an_error(settings: Any, entry: str) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["email", entry]}

    ((message, hint),) = errors()

    assert f"lists '{entry}', which is a second medium of the name 'email'" in message
    assert hint is not None
    assert "List each medium once" in hint


def test_who_lists_the_inbox_is_told_that_it_needs_no_entry(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["inbox", "email"]}

    ((message, hint),) = errors()

    assert message.endswith("lists 'inbox', which is there always.")
    assert hint is not None
    assert hint.startswith("Remove 'inbox': ")


def test_media_that_can_be_imported_are_none(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["email", "tests.outbox.media.Letter"]}

    assert errors() == []


@pytest.mark.django_db
def test_a_type_that_names_an_unknown_medium_is_warned_of(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["tests.outbox.media.Letter"]}
    Medium.objects.create(name="newsfeed")
    for key, media in (("a", ["letter", "newsfeed", "inbox"]), ("b", ["pigeon"]), ("c", None)):
        NotificationType.objects.create(key=key, media=media)

    (warning,) = warnings()

    assert "'b' names the medium 'pigeon', which does not exist" in warning.msg
    assert "There are: inbox, letter, newsfeed." in warning.hint


@pytest.mark.django_db
def test_media_of_the_setting_are_known_by_name_and_label(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["tests.outbox.media.Letter"]}

    assert str(Medium.objects.named("letter")) == "Letter"
