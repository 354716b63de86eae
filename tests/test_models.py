"""The verbs of notifications and their querysets, how they read, and where their objects are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone, translation

from realtime_notify import archive, mark_read, notify, unread_count
from realtime_notify.inbox import counts, delete, sync
from realtime_notify.links import admin_link, object_url
from realtime_notify.models import Event, Inbox, Notification
from tests.blog.models import Document, Draft, Post
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def fill(django_capture_on_commit_callbacks):
    """Put notifications into inboxes."""

    def fill(*people, count=1, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            for number in range(count):
                notify(f"Number {number}", "a", recipients=people, **kwargs)
        return list(Notification.objects.filter(user__in=people).order_by("pk"))

    return fill


@pytest.fixture
def world(alice, bob):
    """Alice and Bob with a browser each, which get every push."""
    world = World([alice, bob], browsers_each=1)
    for browser in world.browsers:
        world.hello(browser)
        world.calm(browser)
    return world


def calm(world):
    """Let the pushes arrive, and see that nobody had to ask."""
    for browser in world.browsers:
        world.calm(browser)
        assert [one["outcome"] for one in browser.taken if one["outcome"] == "sync"] == []


# One notification


def test_marking_a_notification_as_read_goes_through_its_inbox(alice, fill):
    (one,) = fill(alice)

    one.mark_as_read()

    assert one.read_at is not None
    assert one.rev == counts(alice)["rev"] == 2
    assert unread_count(alice) == 0

    one.mark_as_unread()

    assert one.read_at is None
    assert one.rev == counts(alice)["rev"] == 3
    assert unread_count(alice) == 1


def test_marking_again_what_is_marked_already_changes_nothing(alice, fill):
    (one,) = fill(alice)

    one.mark_as_unread()
    assert counts(alice)["rev"] == 1

    one.mark_as_read()
    read_at = one.read_at
    one.mark_as_read()
    assert (one.read_at, counts(alice)["rev"]) == (read_at, 2)


def test_marking_overwrites_nothing_that_was_changed_meanwhile(alice, fill):
    (stale,) = fill(alice)
    archive(alice, ids=[stale.pk])
    Notification.objects.filter(pk=stale.pk).update(occurrences=5)

    stale.mark_as_read()

    now = Notification.objects.get(pk=stale.pk)
    assert now.archived_at is not None
    assert now.occurrences == 5
    assert now.read_at is not None


def test_deleting_a_notification_leaves_a_mark_and_the_counters_right(alice, fill):
    one, other = fill(alice, count=2)

    assert one.delete() == (1, {"realtime_notify.Notification": 1})
    assert one.deleted_at is not None
    assert unread_count(alice) == 1
    assert list(Notification.objects.active()) == [other]
    assert one.delete() == (0, {})


def test_open_browsers_follow_what_is_done_with_a_notification(world):
    world.notify([0, 1], "One", pushed=True)
    world.notify([0, 1], "Two", pushed=True)
    one, two = Notification.objects.filter(user=world.users[0]).order_by("seq")

    with world.committed():
        one.mark_as_read()
        two.delete()
    calm(world)

    world.assert_counters()
    world.assert_converged()


# Which


def test_notifications_are_found_by_their_state(alice, fill):
    unread, read, archived, deleted, deleted_read = fill(alice, count=5)
    mark_read(alice, ids=[read.pk, deleted_read.pk])
    archive(alice, ids=[archived.pk])
    delete(alice, ids=[deleted.pk, deleted_read.pk])
    rows = Notification.objects.order_by("pk")

    assert list(rows.active()) == [unread, read]
    assert list(rows.unread()) == [unread]
    assert list(rows.read()) == [read]
    assert list(rows.archived()) == [archived]
    assert list(rows.deleted()) == [deleted, deleted_read]
    assert list(rows.unread(include_deleted=True)) == [unread, deleted]
    assert list(rows.read(include_deleted=True)) == [read, deleted_read]


def test_a_persons_own_notifications_have_the_same_verbs(alice, bob, fill):
    fill(alice, bob)

    assert alice.notify_notifications.unread().count() == 1
    assert alice.notify_notifications.mark_all_as_read() == 1
    assert alice.notify_notifications.unread().count() == 0
    assert bob.notify_notifications.unread().count() == 1


def test_public_and_private_ones_are_told_apart(alice, fill):
    fill(alice, public=False)
    private, public = fill(alice, level="error")

    assert list(Notification.objects.public()) == [public]
    assert list(Notification.objects.private()) == [private]


# Many at once


def test_marking_all_as_read_counts_what_has_changed(alice, bob, fill):
    fill(alice, bob, count=3)
    Notification.objects.filter(user=alice).first().mark_as_read()

    assert Notification.objects.mark_all_as_read() == 5
    assert Notification.objects.mark_all_as_read() == 0
    assert (unread_count(alice), unread_count(bob)) == (0, 0)

    assert Notification.objects.mark_all_as_unread() == 6
    assert (unread_count(alice), unread_count(bob)) == (3, 3)


def test_marking_all_can_be_one_recipients_alone(alice, bob, fill):
    fill(alice, bob, count=2)
    rows = Notification.objects.all()

    assert rows.mark_all_as_read(alice) == 2
    assert (unread_count(alice), unread_count(bob)) == (0, 2)
    assert rows.mark_all_as_unread(recipient=alice.pk) == 2
    assert rows.mark_all_as_deleted(bob) == 2
    assert rows.mark_all_as_active(alice) == 0
    assert rows.mark_all_as_active(bob) == 2
    assert rows.mark_as_sent(alice) == 2
    assert rows.mark_as_unsent(bob) == 0


def test_marking_all_keeps_to_the_queryset(alice, fill):
    one, *others = fill(alice, count=3)

    assert Notification.objects.filter(pk=one.pk).mark_all_as_read() == 1
    assert list(Notification.objects.unread().order_by("pk")) == others
    assert Notification.objects.none().mark_all_as_read() == 0


def test_a_row_that_a_join_finds_twice_changes_once(alice, fill):
    fill(alice)
    for name in ("cooks", "bakers"):
        alice.groups.add(Group.objects.create(name=name))

    assert Notification.objects.filter(user__groups__name__contains="").count() == 2
    assert Notification.objects.filter(user__groups__name__contains="").mark_all_as_read() == 1


def test_marking_all_as_read_reaches_archived_and_deleted_ones(alice, fill):
    archived, deleted = fill(alice, count=2)
    archive(alice, ids=[archived.pk])
    delete(alice, ids=[deleted.pk])

    assert Notification.objects.mark_all_as_read() == 2

    Notification.objects.mark_all_as_active()
    assert list(Notification.objects.read()) == [deleted]
    assert unread_count(alice) == 0


def test_what_was_deleted_can_be_taken_back(alice, fill):
    one, put_away, other = fill(alice, count=3)
    archive(alice, ids=[put_away.pk])

    assert Notification.objects.filter(pk__in=[one.pk, put_away.pk]).mark_all_as_deleted() == 2
    assert (unread_count(alice), list(Notification.objects.active())) == (1, [other])
    assert Notification.objects.mark_all_as_active() == 2

    assert set(Notification.objects.active()) == {one, other}
    assert list(Notification.objects.archived()) == [put_away]
    assert unread_count(alice) == 2


def test_what_has_expired_is_not_taken_back(alice, fill):
    fill(alice, expires_at=timezone.now() + timedelta(days=1))
    Notification.objects.mark_all_as_deleted()
    Event.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert Notification.objects.mark_all_as_active() == 0


def test_open_browsers_follow_what_is_done_with_many(world, monkeypatch):
    monkeypatch.setattr("realtime_notify.marking.AT_ONCE", 2)
    for number in range(5):
        world.notify([0, 1], f"Number {number}", pushed=True)
    rows = Notification.objects.filter(event__message__gt="Number 0")

    for verb in ("read", "unread", "deleted", "active"):
        with world.committed():
            assert getattr(rows, f"mark_all_as_{verb}")() == 8
        for browser in world.browsers:
            world.calm(browser)
        world.assert_counters()
        world.assert_converged()

    with world.committed():
        assert rows.delete() == (8, {"realtime_notify.Notification": 8})
    calm(world)
    world.assert_counters()
    world.assert_converged()
    assert [len(browser.view.items) for browser in world.browsers] == [1, 1]


def test_what_was_told_by_mail_is_noted_without_a_word_to_browsers(alice, fill):
    one, other = fill(alice, count=2)

    assert Notification.objects.filter(pk=one.pk).mark_as_sent() == 1
    assert Notification.objects.mark_as_sent() == 1
    assert Notification.objects.mark_as_sent() == 0
    assert list(Notification.objects.unsent()) == []

    assert Notification.objects.filter(pk=other.pk).mark_as_unsent() == 1
    assert list(Notification.objects.sent()) == [one]
    assert counts(alice)["rev"] == 2


def test_a_repeat_is_yet_to_be_told_by_mail(alice, fill):
    fill(alice)
    Notification.objects.mark_as_sent()

    (repeated,) = fill(alice)

    assert repeated.occurrences == 2
    assert repeated.emailed_at is None


# Deleting for good


@pytest.fixture
def hard(settings):
    settings.REALTIME_NOTIFY = {"SOFT_DELETE": False}


def test_deleting_can_remove_the_row(alice, fill, hard):
    one, _ = fill(alice, count=2)

    assert one.delete() == (1, {"realtime_notify.Notification": 1})

    assert Notification.objects.count() == 1
    assert unread_count(alice) == 1
    assert Inbox.objects.get(pk=alice.pk).floor == 3


def test_who_was_away_when_a_row_was_removed_starts_afresh(world, hard):
    online, offline = world.browsers
    offline.user = online.user  # two browsers of one person
    world.notify([0], "One", pushed=True)
    world.notify([0], "Two", pushed=True)
    calm(world)
    world.disconnect(offline)

    with world.committed():
        Notification.objects.filter(event__message="One").delete()
    calm(world)
    assert len(online.view.items) == 1

    answer = sync(online.user, offline.view.rev)
    assert answer["reset"]
    world.settle()
    world.assert_converged()


def test_verbs_that_need_deleted_rows_say_that_there_are_none(alice, hard):
    for verb in ("deleted", "mark_all_as_deleted", "mark_all_as_active"):
        with pytest.raises(ImproperlyConfigured, match="SOFT_DELETE"):
            getattr(Notification.objects.all(), verb)()


# How it reads


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


def test_reading_it_costs_no_query(alice, fill, django_assert_num_queries):
    fill(alice, actor=alice, verb="wrote")
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


# Where its objects are


def test_an_object_says_its_address_for_notifications(alice, rf):
    url = object_url(Draft(pk=1), Notification(user=alice), rf.get("/", {"tab": "new"}))

    assert url == "/for/alice/new/"


def test_an_object_without_that_says_its_absolute_address():
    assert object_url(Post(pk=7)) == Post(pk=7).get_absolute_url()


def test_an_object_may_have_no_address_and_may_be_missing():
    assert object_url(Group(pk=7)) is None
    assert object_url(None) is None


def test_an_object_that_cannot_say_its_address_is_logged(caplog, rf):
    assert object_url(Draft(pk=1), None, rf.get("/")) is None

    assert "Draft 1 could not say its address" in caplog.text


def test_the_address_of_an_object_that_is_gone_is_that_of_old(alice, fill):
    post = Post.objects.create(title="Soup")
    (row,) = fill(alice, target_object=post)
    url = post.get_absolute_url()
    post.delete()

    row = Notification.objects.get(pk=row.pk)

    assert row.url_of("target") == url
    assert row.url_of("actor") is None


def test_links_to_the_admin_know_every_object_and_none(alice, fill):
    document = Document.objects.create(title="Soup")
    cooks = Group.objects.create(name="cooks")
    fill(alice, level="error")
    bare, row = fill(alice, actor=cooks, verb="wrote", action_object=cooks, target_object=document)

    link = f'<a href="/admin/auth/group/{cooks.pk}/change/">{cooks.pk}</a>'
    assert row.actor_object_url() == row.action_object_url() == link
    assert row.target_object_url() == str(document.pk)  # the admin does not know documents
    assert bare.actor_object_url() == bare.action_object_url() == bare.target_object_url() == ""


def test_a_link_to_the_admin_is_escaped():
    groups = ContentType.objects.get_for_model(Group)

    assert admin_link(groups.pk, '"<b>') == (
        '<a href="/admin/auth/group/_22_3Cb_3E/change/">&quot;&lt;b&gt;</a>'
    )
