"""The signal `notify`, which calls `notify()`."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

from realtime_notify import text
from realtime_notify.exceptions import InvalidKey, InvalidNotification, InvalidRecipient
from realtime_notify.models import Event, Notification
from realtime_notify.publish.receivers import send
from realtime_notify.signals import notify
from realtime_notify.silence import notifications_disabled
from tests.blog.models import Company, Document, Draft, Employment, Post

pytestmark = pytest.mark.django_db


@pytest.fixture
def post():
    return Post.objects.create(title="Soup")


@pytest.fixture
def send_signal(django_capture_on_commit_callbacks):
    """Send the signal, deliver, and return the event."""

    def send_signal(sender, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            ((_, event),) = notify.send(sender, **kwargs)
        return event

    return send_signal


def who(event):
    return set(get_user_model().objects.filter(notify_notifications__event=event))


# Sending


def test_send_returns_the_receiver_and_the_event(alice, bob):
    answer = notify.send(bob, recipient=alice, verb="commented")

    assert answer == [(send, Event.objects.get())]


def test_the_event_stores_actor_verb_objects_and_description(alice, bob, post, send_signal):
    document = Document.objects.create(title="a note")
    event = send_signal(
        bob,
        recipient=alice,
        verb="wrote",
        action_object=document,
        target=post,
        level="success",
        description="At length",
        public=False,
    )

    event = Event.objects.get(pk=event.pk)
    assert (event.actor, event.action_object, event.target) == (bob, document, post)
    assert event.message == "bob wrote a note on Soup"
    assert (event.level, event.description, event.public) == ("success", "At length", False)
    assert str(Notification.objects.get()).startswith("bob wrote a note on Soup 0")


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ((), "bob reached level 10"),
        (("target",), "bob reached level 10 Soup"),
        (("action_object",), "bob reached level 10 Soup"),
        (("action_object", "target"), "bob reached level 10 Soup on Soup"),
    ],
)
def test_the_message_is_composed_of_actor_verb_and_objects(
    alice, bob, post, send_signal, objects, message
):
    event = send_signal(
        bob, recipient=alice, verb="reached level 10", **dict.fromkeys(objects, post)
    )

    assert event.message == message


def test_the_message_can_be_given(alice, bob, send_signal):
    assert send_signal(bob, recipient=alice, message="Hello", url="/x/").message == "Hello"
    assert send_signal(None, recipient=alice, verb="It was saved").message == "It was saved"


def test_the_type_comes_from_the_setting_or_the_call(alice, bob, send_signal, settings):
    assert send_signal(bob, recipient=alice, verb="waved").type_id == "notification"

    settings.REALTIME_NOTIFY = {"DEFAULT_KEY": "site/any"}
    assert send_signal(bob, recipient=alice, verb="waved").type_id == "site/any"
    assert (
        send_signal(bob, recipient=alice, verb="waved", key="people/wave").type_id == "people/wave"
    )
    with pytest.raises(InvalidKey):
        notify.send(bob, recipient=alice, verb="waved", key="")


def test_a_lazy_verb_becomes_text_in_the_senders_language(alice, bob, send_signal):
    verb = gettext_lazy("Delete")

    with translation.override("de"):
        event = send_signal(bob, recipient=alice, verb=verb)

    event.refresh_from_db()
    assert (event.verb, event.message) == ("Löschen", "bob Löschen")


def test_a_signal_without_recipient_or_verb_says_what_is_missing(alice, bob):
    with pytest.raises(InvalidRecipient, match="needs recipient="):
        notify.send(bob, verb="waved")
    with pytest.raises(InvalidNotification, match="needs verb="):
        notify.send(bob, recipient=alice)
    assert not Event.objects.exists()


def test_the_timestamp_may_be_given(alice, bob, send_signal):
    moment = datetime(2020, 5, 17, 9, 30, tzinfo=UTC)

    event = send_signal(bob, recipient=alice, verb="waved", timestamp=moment)
    assert Event.objects.get(pk=event.pk).created == event.created == moment

    naive = send_signal(bob, recipient=alice, verb="bowed", timestamp=moment.replace(tzinfo=None))
    assert timezone.localtime(naive.created).hour == 9
    with pytest.raises(InvalidNotification, match="must be a datetime"):
        notify.send(bob, recipient=alice, verb="waved", timestamp="yesterday")


def test_a_second_call_with_a_dedupe_key_changes_nothing(alice, bob, send_signal):
    first = send_signal(bob, recipient=alice, verb="waved", dedupe_key="once")
    long_ago = datetime(2020, 5, 17, tzinfo=UTC)
    second = send_signal(bob, recipient=alice, verb="waved", dedupe_key="once", timestamp=long_ago)

    assert second == first
    assert second.created == first.created


def test_arguments_of_notify_are_passed_on(alice, bob, carol, send_signal):
    event = send_signal(bob, recipient=[alice, carol], verb="waved", exclude=carol, url="/posts/1/")

    assert who(event) == {alice}
    assert (event.url, event.data) == ("/posts/1/", None)


def test_a_silenced_signal_writes_nothing(alice, bob):
    with notifications_disabled():
        ((_, event),) = notify.send(bob, recipient=alice, verb="waved", timestamp=timezone.now())

    assert event.pk is None
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
async def test_the_signal_can_be_sent_from_async_code():
    answers = await notify.asend(None, recipient=[], message="To nobody")

    assert [event.message for _, event in answers] == ["To nobody"]


# Recipients


def test_a_recipient_is_a_user_a_group_a_queryset_or_any_iterable(alice, bob, carol, send_signal):
    cooks = Group.objects.create(name="cooks")
    cooks.user_set.add(alice, bob)
    company = Company.objects.create(name="Bakery")
    Employment.objects.create(company=company, user=carol, title="chef")
    everybody = get_user_model().objects.all()

    assert who(send_signal(bob, recipient=alice, verb="1")) == {alice}
    assert who(send_signal(bob, recipient=cooks, verb="2")) == {alice, bob}
    assert who(send_signal(bob, recipient=everybody, verb="3")) == {alice, bob, carol}
    assert who(send_signal(bob, recipient=[alice, carol], verb="4")) == {alice, carol}
    assert who(send_signal(bob, recipient=(alice, carol), verb="5")) == {alice, carol}
    assert who(send_signal(bob, recipient={alice, carol}, verb="6")) == {alice, carol}
    assert who(send_signal(bob, recipient=(one for one in [alice]), verb="7")) == {alice}
    assert who(send_signal(bob, recipient=[cooks, company], verb="8")) == {alice, bob, carol}
    assert who(send_signal(bob, recipient=[], verb="9")) == set()


def test_recipients_are_notified_once_and_only_if_active(alice, bob, users, send_signal):
    (gone,) = users("gone", active=False)
    cooks = Group.objects.create(name="cooks")
    cooks.user_set.add(alice, gone)

    send_signal(bob, recipient=[alice, alice, cooks, gone], verb="waved")

    assert [one.user for one in Notification.objects.all()] == [alice]


# Everything else


def test_extra_arguments_become_data_for_every_recipient(alice, bob, carol, send_signal):
    event = send_signal(bob, recipient=[alice, bob, carol], verb="waved", badge=7, hosts=["a", "b"])

    rows = Notification.objects.filter(event=event).with_event()
    assert [row.event.data for row in rows] == [{"badge": 7, "hosts": ["a", "b"]}] * 3


def test_extra_arguments_are_merged_into_data(alice, bob, send_signal):
    given = {"a": 1}

    assert send_signal(bob, recipient=alice, verb="1", data=given, b=2).data == {"a": 1, "b": 2}
    assert send_signal(bob, recipient=alice, verb="2", data=[1]).data == [1]
    assert given == {"a": 1}
    with pytest.raises(InvalidNotification, match="not a dictionary"):
        notify.send(bob, recipient=alice, verb="3", data=[1], b=2)


def test_a_proxy_model_is_referred_to_on_demand_for_every_recipient(alice, bob, send_signal):
    draft = Draft.objects.create(title="Soup")
    proxy = ContentType.objects.get_for_model(Draft, for_concrete_model=False)
    concrete = ContentType.objects.get_for_model(Post)

    plain = send_signal(draft, recipient=[alice, bob], verb="1", target=draft)
    exact = send_signal(
        draft,
        recipient=[alice, bob],
        verb="2",
        target=draft,
        action_object=draft,
        target_for_concrete_model=False,
        actor_for_concrete_model=False,
    )

    assert (plain.actor_type, plain.target_type) == (concrete, concrete)
    exact = Event.objects.get(pk=exact.pk)
    assert (exact.actor_type, exact.target_type) == (proxy, proxy)
    assert exact.action_object_type == concrete
    assert exact.data is None
    assert type(exact.target) is Draft
    assert who(exact) == {alice, bob}


def test_a_verb_that_is_translated_makes_a_message_that_is(send_signal, alice, post):
    event = send_signal(alice, recipient=alice, verb=text("Archive"), target=post)

    with translation.override("de"):
        assert event.text_of("message") == "alice Archivieren Soup"
        assert event.text_of("verb") == "Archivieren"
    assert event.message == "alice Archive Soup"


def test_a_verb_that_is_translated_needs_no_actor(send_signal, alice):
    event = send_signal(None, recipient=alice, verb=text("Archive"), description=text("Inbox"))

    assert (event.message, event.description) == ("Archive", "Inbox")
    with translation.override("de"):
        assert event.text_of("description") == "Posteingang"
