"""How a notification reads, and how long ago it happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from realtime_notify import notify, text
from realtime_notify.models import Event, Notification


def reads(event_fields, ago=timedelta(hours=2)):
    event = Event(created=timezone.now() - ago, message="The message", **event_fields)
    return str(Notification(event=event)).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("objects", "text"),
    [
        ({"action_object": "a note", "target": "Soup"}, "bob wrote a note on Soup 2 hours ago"),
        ({"target": "Soup"}, "bob wrote Soup 2 hours ago"),
        ({"action_object": "a note"}, "bob wrote a note 2 hours ago"),
        ({}, "bob wrote 2 hours ago"),
    ],
)
def test_a_notification_reads_as_who_did_what_how_long_ago(objects, text):
    texts = {f"{name}_text": value for name, value in objects.items()}

    assert reads({"actor_text": "bob", "verb": "wrote", **texts}) == text


def test_a_notification_without_a_verb_reads_as_its_message():
    assert reads({"actor_text": "bob"}) == "The message"
    assert reads({"verb": "was saved"}) == "The message"


@pytest.mark.django_db
def test_reading_it_costs_no_query(alice, deliver_notifications, django_assert_num_queries):
    notify("Hello", "a", recipients=[alice], actor=alice, verb="wrote")
    deliver_notifications()
    (row,) = Notification.objects.with_event()

    with django_assert_num_queries(0):
        assert str(row).startswith("alice wrote")
        row.timesince()
        row.naturalday()


# How long ago


def at(created):
    return Notification(event=Event(created=created))


def test_how_long_ago_can_be_asked_of_any_moment():
    created = datetime(2026, 3, 1, 12, tzinfo=UTC)

    assert at(created).timesince(created + timedelta(days=3)) == "3\xa0days"
    assert at(timezone.now()).timesince() == "0\xa0minutes"


def test_just_now_reads_naturally():
    assert at(timezone.now()).naturalday() == "today"
    assert at(timezone.now()).naturaltime() == "now"
    assert at(timezone.now() - timedelta(minutes=5)).naturaltime() == "5\xa0minutes ago"


def test_the_day_is_that_of_the_clock_on_the_wall():
    with timezone.override("Pacific/Kiritimati"):  # 14 hours ahead of Greenwich
        midnight = timezone.localtime().replace(hour=0, minute=0, second=1)

        assert at(midnight.astimezone(UTC)).naturalday() == "today"


@pytest.mark.parametrize(
    ("later", "text"),
    [
        (timedelta(0), "0 minutes ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=1, seconds=1), "01 March"),
        (timedelta(days=400), "01 March 2026"),
    ],
)
def test_what_is_older_than_a_day_is_given_by_its_date(later, text):
    created = datetime(2026, 3, 1, 12, tzinfo=UTC)

    assert at(created).get_timesince(created + later).replace("\xa0", " ") == text


def test_the_words_are_those_of_the_readers_language():
    created = datetime(2026, 3, 1, 12, tzinfo=UTC)

    with translation.override("de"):
        assert at(created).get_timesince(created + timedelta(days=9)) == "01 März"


def test_a_sentence_has_the_verb_in_the_active_language():
    verb = text("Archive").stored
    event = {"actor_text": "bob", "verb": "Archive", "target_text": "Soup"}

    with translation.override("de"):
        assert reads(event | {"texts": {"verb": verb}}).startswith("bob Archivieren Soup")
        assert reads({"texts": {"message": verb}}) == "Archivieren"
