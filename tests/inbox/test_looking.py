"""Whoever looks at an inbox sees every broadcast in it."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction
from django.template import Context, Template
from django.test import RequestFactory

from realtime_notify import EVERYONE, catch_up, inbox, mark_read, notify, subscribe, unread_count
from realtime_notify.delivery import sweep
from realtime_notify.live import backend
from realtime_notify.models import Event, Inbox, Medium, Notification
from realtime_notify.testing import capture

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def broadcast(send):
    """Send a broadcast to the subscribers of the news."""

    def broadcast(message="The library opens", **options):
        return send(message, "news", lazy=True, **options)

    return broadcast


@pytest.fixture
def ann(users):
    """Somebody who is subscribed to the news and has read one notification."""
    (person,) = users("ann")
    subscribe(person, "news")
    return person


def messages(frame):
    return [item["message"] for item in frame["put"]]


class TestPython:
    def test_counts(self, ann, broadcast):
        broadcast()

        assert inbox.counts(ann) == {"rev": 1, "unread": 1, "unseen": 1}

    def test_a_page(self, ann, broadcast):
        broadcast("One")
        broadcast("Two")

        frame = inbox.page(ann)

        assert (frame["rev"], messages(frame)) == (2, ["Two", "One"])

    def test_a_sync(self, ann, broadcast, send):
        send("Before", "letters", recipients=[ann])
        broadcast("After")

        frame = inbox.sync(ann, since=1)

        assert (frame["rev"], frame["unread"], messages(frame)) == (2, 2, ["After"])

    def test_a_first_visit(self, ann, broadcast):
        broadcast()

        assert inbox.sync(ann)["rev"] == 1

    def test_catch_up_for_those_who_read_the_rows(self, ann, broadcast):
        broadcast()

        catch_up(ann)

        assert Notification.objects.get().user == ann

    def test_a_feed(self, ann, broadcast, bob):
        """Of an event for everyone, the feed knows by its notification."""
        event = broadcast(recipients=EVERYONE)

        assert list(Medium.objects.named("inbox").events_for(bob)) == [event]

    def test_captured_notifications(self, ann):
        with capture() as sent:
            event = notify("The library opens", "news", lazy=True)

        assert sent.recipients(event) == [ann]
        assert [one.event for one in sent.to(ann)] == [event]


class TestVerbs:
    def test_a_verb_takes_in_before_it_changes(self, ann, broadcast, send):
        send("Before", "letters", recipients=[ann])
        broadcast()

        frame = mark_read(ann, upto=1)

        assert (frame["rev"], frame["unread"]) == (3, 1)
        assert list(Notification.objects.order_by("seq").values_list("seq", "rev")) == [
            (1, 3),
            (2, 2),
        ]

    def test_a_verb_can_mean_what_it_takes_in(self, ann, broadcast):
        broadcast()

        frame = mark_read(ann, upto=1)

        assert (frame["rev"], frame["unread"], frame["read"]) == (2, 0, {"upto": 1})

    def test_a_verb_that_changes_nothing_keeps_what_it_took_in(self, ann, broadcast):
        broadcast()

        frame = mark_read(ann, ids=[])

        assert frame == {"rev": 1, "from": 1, "unread": 1, "unseen": 1}
        assert Inbox.objects.get().caught_up == 1

    def test_a_verb_costs_nothing_more_when_nothing_is_behind(
        self, ann, broadcast, django_assert_num_queries
    ):
        broadcast()
        inbox.counts(ann)
        with django_assert_num_queries(7):
            mark_read(ann, upto=1)


class TestInsideATransaction:
    """The number is the same, and nothing is locked."""

    def test_the_number_of_unread_is_counted_and_nothing_written(self, ann, broadcast):
        broadcast("One")
        broadcast("Two")

        with transaction.atomic():
            assert unread_count(ann) == 2

        assert not Notification.objects.exists()

    def test_repeats_are_counted_once(self, ann, broadcast):
        broadcast("One", collapse_key="same")
        inbox.counts(ann)
        broadcast("Two", collapse_key="same")
        broadcast("Three", collapse_key="same")

        assert unread_count(ann) == 1

    def test_a_long_absence_is_counted_by_portions(self, ann, broadcast, monkeypatch):
        monkeypatch.setattr(inbox.broadcasts, "MAX_EVENTS", 2)
        for number in range(5):
            broadcast(f"Number {number % 4}")

        assert unread_count(ann) == 4

    def test_a_tag_counts(self, ann, broadcast):
        broadcast()
        request = RequestFactory().get("/")
        request.user = ann
        template = Template("{% load realtime_notify %}{% unread_count %}")

        assert template.render(Context({"request": request})) == "1"
        assert not Notification.objects.exists()

    def test_a_tag_that_lists_takes_in(self, ann, broadcast):
        broadcast()
        request = RequestFactory().get("/")
        request.user = ann
        template = Template("{% load realtime_notify %}{% render_notifications %}")

        html = template.render(Context({"request": request}))

        assert "The library opens" in html


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_the_number_of_unread_takes_in(ann, broadcast):
    broadcast()

    assert unread_count(ann) == 1

    assert Notification.objects.count() == 1


class TestADatabaseThatRefusesToWrite:
    """Reading is late there, and whole."""

    @pytest.fixture
    def read_only(self):
        """Let the database refuse to write inside a block."""
        on, off = {
            "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
            "postgresql": (
                "SET default_transaction_read_only = on",
                "SET default_transaction_read_only = off",
            ),
            "mysql": ("SET SESSION TRANSACTION READ ONLY", "SET SESSION TRANSACTION READ WRITE"),
        }[connection.vendor]

        @contextmanager
        def block():
            with connection.cursor() as cursor:
                cursor.execute(on)
                yield
                cursor.execute(off)

        return block

    @pytest.mark.django_db(transaction=True)
    def test_unread_is_counted(self, ann, broadcast, read_only):
        broadcast()

        with read_only():
            assert unread_count(ann) == 1

        assert not Notification.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_a_page_is_what_the_inbox_was(self, ann, broadcast, read_only, caplog):
        broadcast()

        with read_only():
            frame = inbox.page(ann)

        assert (frame["rev"], frame["put"]) == (0, [])
        assert "was left without its newest broadcasts" in caplog.text


class TestABroadcastThatCannotBeJudged:
    """It holds up those behind it, and nothing else: once it is mended, nothing is lost."""

    @pytest.fixture
    def broken(self, ann, broadcast, send):
        send("Before", "letters", recipients=[ann])
        event = broadcast()
        Event.objects.filter(pk=event.pk).update(audience={"nonsense": True}, has_own_audience=True)
        return event

    @pytest.mark.usefixtures("broken")
    def test_the_inbox_can_be_read_and_counted(self, ann, caplog):
        assert messages(inbox.page(ann)) == ["Before"]
        assert unread_count(ann) == 1
        assert "was left without its newest broadcasts" in caplog.text
        assert "was counted without its newest broadcasts" in caplog.text

    @pytest.mark.usefixtures("broken")
    def test_the_inbox_can_be_changed(self, ann):
        assert mark_read(ann, upto=1)["unread"] == 0

    @pytest.mark.usefixtures("broken")
    def test_the_heal_query_finds_everybody(self, ann, bob):
        positions = backend.positions([str(ann.pk), str(bob.pk)])

        assert [positions[str(user.pk)].rev for user in (ann, bob)] == [1, 0]

    def test_nothing_is_lost_once_it_is_mended(self, ann, broken):
        inbox.counts(ann)
        Event.objects.filter(pk=broken.pk).update(audience={}, has_own_audience=False)

        assert inbox.counts(ann)["unread"] == 2


class TestDoors:
    def test_a_greeting(self, ann, broadcast):
        broadcast()

        [frame] = inbox.states([inbox.Ask(ann.pk)])

        assert (frame["rev"], messages(frame)) == (1, ["The library opens"])

    def test_the_inbox_page(self, ann, broadcast, sign_in):
        broadcast()

        html = sign_in(ann).get("/notifications/").content.decode()

        assert "The library opens" in html

    def test_the_feed_for_pages_that_poll(self, ann, broadcast, sign_in):
        broadcast()

        answer = sign_in(ann).get("/notifications/api/feed/?limit=0").json()

        assert (answer["unread"], answer["all"]) == (1, 1)

    def test_the_admin_of_one_inbox(self, ann, broadcast, client):
        broadcast()
        root = get_user_model()._default_manager.create(
            username="root", is_staff=True, is_superuser=True
        )
        client.force_login(root)
        inbox.catch_up(root)

        found = client.get("/admin/realtime_notify/notification/?q=ann").content.decode()

        assert "The library opens" in found
        assert Inbox.objects.get(pk=ann.pk).rev == 1

    def test_the_command_says_that_it_is_a_broadcast(self, ann, capsys, commit):
        with commit():
            call_command("notify", "news", "The library opens", "--lazy")
        sweep()
        call_command("notify", "letters", "x", "--lazy")

        assert "stored as event" in capsys.readouterr().out


class TestCost:
    @pytest.mark.parametrize(
        ("look", "queries"),
        [(inbox.counts, 1), (inbox.page, 2), (inbox.sync, 3), (unread_count, 1)],
        ids=["counts", "page", "sync", "unread_count"],
    )
    def test_looking_costs_the_same_when_nothing_is_behind(
        self, look, queries, ann, broadcast, send, django_assert_num_queries
    ):
        send("Before", "letters", recipients=[ann])
        inbox.sync(ann)  # a server is asked once whether it tells its history
        with django_assert_num_queries(queries):
            look(ann)
        broadcast()
        inbox.counts(ann)

        with django_assert_num_queries(queries):
            look(ann)

    def test_a_greeting_costs_the_same_for_one_broadcast_and_for_fifty(
        self, users, broadcast, django_assert_max_num_queries
    ):
        people = users(3)
        for person in people:
            subscribe(person, "news")
        broadcast()
        inbox.states(
            [inbox.Ask(people[2].pk, 0)]
        )  # content types are read once in the life of a process
        with django_assert_max_num_queries(30) as one:
            inbox.states([inbox.Ask(people[0].pk, 0)])
        for number in range(49):
            broadcast(f"Number {number}")

        with django_assert_max_num_queries(30) as fifty:
            inbox.states([inbox.Ask(people[1].pk, 0)])

        assert len(one) == len(fifty)


@pytest.mark.django_db(transaction=True)
def test_who_finds_that_another_process_was_faster_reads_what_it_wrote(ann, broadcast, monkeypatch):
    broadcast()
    take_in = inbox.broadcasts.take_in

    def take_in_after_another(users, **options):
        take_in(users)
        return take_in(users, **options)

    monkeypatch.setattr(inbox.broadcasts, "take_in", take_in_after_another)

    assert unread_count(ann) == 1
    broadcast("Another")
    assert inbox.counts(ann) == {"rev": 2, "unread": 2, "unseen": 2}
