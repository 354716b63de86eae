"""`edit()`: an event that says something else from now on."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from realtime_notify import aedit, edit, mark_read, notifications_disabled, notify, text, withdraw
from realtime_notify.exceptions import InvalidNotification
from realtime_notify.inbox import archive, counts, delete, page, sync
from realtime_notify.models import Event, Notification, NotificationType
from realtime_notify.sending import send_due
from tests.publish.conftest import messages

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_every_inbox_shows_the_new_text_by_a_revision(alice, bob, carol, send, change):
    event = send("Tpyo", "a", recipients=[alice, bob, carol])
    mark_read(bob, upto=1)
    archive(carol, upto=1)

    assert change(event, message="Typo", url="/fixed/", level="warning", data={"n": 1}) is True

    assert counts(alice) == {"rev": 2, "unread": 1, "unseen": 1}
    (item,) = sync(alice, 1)["put"]
    assert (item["message"], item["url"], item["level"]) == ("Typo", "/fixed/", "warning")
    assert item["data"] == {"n": 1}
    assert (item["seq"], item["rev"], item["read"]) == (1, 2, False)
    (item,) = sync(bob, 2)["put"]
    assert (item["message"], item["read"]) == ("Typo", True)
    assert counts(bob)["unread"] == 0
    assert page(carol, archived=True)["put"][0]["message"] == "Typo"


def test_open_browsers_get_the_item_whole(alice, send, change, pushed):
    event = send("Tpyo", "a", recipients=[alice])
    pushed.clear()

    change(event, message="Typo")

    (message,) = pushed
    frame = message["frame"]
    assert (frame["rev"], frame["unread"], frame["unseen"]) == (2, 1, 1)
    assert [(item["message"], item["seq"]) for item in frame["put"]] == [("Typo", 1)]


def test_open_browsers_ask_for_a_text_that_each_shows_in_its_language(alice, send, change, pushed):
    event = send("Tpyo", "a", recipients=[alice])
    pushed.clear()

    change(event, message=text("Archive"))

    [message] = pushed
    assert message["frame"] == {"rev": 2, "unread": 1, "unseen": 1, "from": 2}


def test_a_deleted_notification_stays_deleted(alice, send, change):
    event = send("Tpyo", "a", recipients=[alice])
    delete(alice, upto=1)

    change(event, message="Typo")

    assert counts(alice)["rev"] == 2
    assert messages(alice) == []


def test_what_is_left_out_stays(alice, send, change):
    event = send("Tpyo", "a", recipients=[alice], description="Long", url="/a/", verb="said")

    change(event, message="Typo")

    event.refresh_from_db()
    said = (event.message, event.description, event.url, event.verb)
    assert said == ("Typo", "Long", "/a/", "said")


def test_the_instance_is_brought_up_to_date(alice, send, change):
    event = send("Tpyo", "a", recipients=[alice])

    change(event, message="Typo")

    there = Event.objects.get()
    assert (event.message, event.edition, event.fingerprint) == ("Typo", 1, there.fingerprint)
    assert there.edition == 1
    assert there.edit_due_at is None


def test_an_edit_that_changes_nothing_is_none(alice, send, change):
    event = send("Same", "a", recipients=[alice], data={"a": 1})

    assert change(event, message="Same", data={"a": 1}, level="info") is False

    assert counts(alice)["rev"] == 1
    assert Event.objects.get().edition == 0


def test_texts_may_be_translated_for_each_reader(alice, send, change):
    event = send(text("Hello %(name)s", name="Ann"), "a", recipients=[alice], verb=text("waved"))

    change(event, message=text("Bye %(name)s", name="Ann"), verb="left")

    event.refresh_from_db()
    assert (event.message, event.verb) == ("Bye Ann", "left")
    assert event.texts == {"message": text("Bye %(name)s", name="Ann").stored}

    change(event, message="Plain")

    assert Event.objects.get().texts is None


def test_no_level_is_that_of_the_type(alice, send, change):
    event = send("Hot", "a", recipients=[alice], level="error")
    NotificationType.objects.update(level="success")

    change(event, level=None)

    assert Event.objects.get().level == "success"


@pytest.mark.parametrize(
    ("texts", "flaw"),
    [
        ({"message": " "}, "message must not be empty"),
        ({"message": None}, "message must be a text, not None"),
        ({"message": "nul\x00"}, "message"),
        ({"url": "javascript:alert(1)"}, "neither a path of this site"),
        ({"level": "loud"}, "There is no level 'loud'"),
        ({"verb": "x" * 256}, "the most is 255"),
        ({"data": {1, 2}}, "cannot be stored as JSON"),
        ({"description": 5}, "description must be a text, not 5"),
    ],
)
def test_texts_are_checked_as_by_notify(alice, send, texts, flaw):
    event = send("Fine", "a", recipients=[alice])

    with pytest.raises(InvalidNotification, match=flaw.replace("(", r"\(")):
        edit(event, **texts)

    assert Event.objects.get().message == "Fine"


def test_only_texts_can_be_edited(alice, send):
    event = send("Fine", "a", recipients=[alice])

    with pytest.raises(TypeError, match=r"'mesage' \(do you mean 'message'\?\)"):
        edit(event, mesage="x")
    with pytest.raises(TypeError, match="cannot change 'recipients'"):
        edit(event, recipients=[])
    with pytest.raises(TypeError, match="needs something to change: message"):
        edit(event)


def test_a_withdrawn_event_cannot_be_edited(alice, send, commit):
    event = send("Oops", "a", recipients=[alice])
    with commit():
        withdraw(event)

    with pytest.raises(InvalidNotification, match=f"Event {event.pk} was withdrawn at"):
        edit(event, message="Better")


def test_an_expired_event_cannot_be_edited(alice, send):
    event = send("Sale", "a", recipients=[alice], expires_at=timezone.now() + timedelta(days=1))
    Event.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(InvalidNotification, match=f"Event {event.pk} expired at"):
        edit(event, message="Better")


def test_an_event_that_was_removed_cannot_be_edited(alice, send):
    event = send("Old", "a", recipients=[])
    Event.objects.filter(pk=event.pk).delete()

    with pytest.raises(InvalidNotification, match="does not exist any more"):
        edit(event, message="Better")


def test_a_rollback_edits_nothing(alice, send, commit):
    event = send("Before", "a", recipients=[alice])

    with commit():
        try:
            with transaction.atomic():
                edit(event, message="After")
                raise ValueError
        except ValueError:
            pass

    assert messages(alice) == ["Before"]
    assert counts(alice)["rev"] == 1


def test_two_edits_of_one_commit_are_one_revision(alice, send, commit):
    event = send("One", "a", recipients=[alice])

    with commit():
        edit(event, message="Two")
        edit(event, message="Three")

    assert messages(alice) == ["Three"]
    assert counts(alice)["rev"] == 2
    assert Notification.objects.get().edition == 2


def test_a_mail_that_waits_tells_the_new_text(alice, send, change, settings):
    settings.REALTIME_NOTIFY = {
        **settings.REALTIME_NOTIFY, "MEDIA": ["email"], "BASE_URL": "https://example.com",
    }  # fmt: skip
    event = send("Lunch is at one", "kitchen/lunch", recipients=[alice])
    change(event, message="Lunch is at two", description="In the garden")

    send_due(now=timezone.now() + timedelta(hours=1))

    (sent,) = mail.outbox
    assert "Lunch is at two" in sent.subject
    assert "In the garden" in sent.body
    assert "Lunch is at one" not in sent.body


def test_an_event_that_was_never_saved_stays_as_it_is(alice):
    with notifications_disabled():
        event = notify("Tpyo", "a", recipients=[alice])

    assert edit(event, message="Typo") is False


@pytest.mark.django_db(transaction=True)
def test_it_can_be_awaited(alice):
    event = notify("Tpyo", "a", recipients=[alice])

    assert asyncio.run(aedit(event, message="Typo")) is True

    assert messages(alice) == ["Typo"]
