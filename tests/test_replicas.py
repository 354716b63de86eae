"""Read replicas: what the package writes never depends on what a replica says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from realtime_notify import (
    EVERYONE,
    archive,
    mark_read,
    mark_seen,
    mark_unread,
    notify,
    notify_many,
    opt_in,
    opt_out,
    subscribe,
    subscriptions,
    unsubscribe,
)
from realtime_notify.inbox import counts, delete, page, snooze, sync, unarchive
from realtime_notify.models import (
    DeliveryProfile,
    Event,
    Inbox,
    Notification,
    NotificationType,
    OptOut,
    Subscription,
)
from realtime_notify.subscriptions import listing, preferences, profiles, self_service
from realtime_notify.work import run_due

pytestmark = [pytest.mark.django_db(transaction=True)]

REPLICA = "replica"


class PrimaryReplicaRouter:
    """The router of Django's documentation: writes go to the primary, reads to a replica."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return REPLICA

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True


class Replica:
    """The database that reads are sent to, and the statements that reached it."""

    def __init__(self, connection: Any, *, lags: bool) -> None:
        self.connection = connection
        self.lags = lags

    def catch_up(self) -> None:
        """Let a replica that lags have the users and content types, and nothing newer."""
        if self.lags:
            models: list[Any] = [ContentType, get_user_model()]
            for model in models:
                model._base_manager.using(REPLICA).all().delete()
                rows = list(model._base_manager.using(DEFAULT_DB_ALIAS))
                model._base_manager.using(REPLICA).bulk_create(rows)
                for row in rows:
                    row._state.db = DEFAULT_DB_ALIAS

    @contextmanager
    def watched(self) -> Iterator[list[str]]:
        """Collect the statements that reach it inside the block."""
        statements: list[str] = []

        def note(execute: Any, sql: str, *rest: Any) -> Any:
            statements.append(sql)
            return execute(sql, *rest)

        with self.connection.execute_wrapper(note):
            yield statements


@contextmanager
def alias(entry: dict[str, Any]) -> Iterator[Any]:
    """Add the alias for the time of a block, and give its connection."""
    connections.databases[REPLICA] = entry
    try:
        # A test may use the aliases that its settings name; here it opens one more.
        connections[REPLICA].connect()
        yield connections[REPLICA]
    finally:
        connections[REPLICA].close()
        del connections[REPLICA], connections.databases[REPLICA]


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: Any, django_db_blocker: Any) -> dict[str, Any]:
    """The settings of a second database, which has all tables and hardly a row."""
    entry = {
        **connections[DEFAULT_DB_ALIAS].settings_dict,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": tmp_path_factory.mktemp("replica") / "db.sqlite3",
        "OPTIONS": {},
    }
    with django_db_blocker.unblock(), alias(entry):
        call_command("migrate", database=REPLICA, verbosity=0)
    return entry


@pytest.fixture(params=["without lag", "lagging"])
def replica(request: pytest.FixtureRequest, settings: Any) -> Iterator[Replica]:
    """A replica that has all that is committed; and one that lags far behind."""
    lags = request.param == "lagging"
    entry = connections[DEFAULT_DB_ALIAS].settings_dict
    if lags:
        entry = request.getfixturevalue("empty_database")
    with alias(entry) as connection:
        settings.DATABASE_ROUTERS = [f"{__name__}.PrimaryReplicaRouter"]
        yield Replica(connection, lags=lags)
        settings.DATABASE_ROUTERS = []


@pytest.fixture
def person(alice: Any, replica: Replica) -> Any:
    """Somebody whom the replica knows."""
    replica.catch_up()
    return alice


def truly(model: Any) -> Any:
    """Return the rows of a model as the primary has them."""
    return model._base_manager.using(DEFAULT_DB_ALIAS)


def assert_exact(user: Any) -> None:
    """Every counter says what the rows say, and the newest row carries the newest revision."""
    inbox = truly(Inbox).get(user=user)
    rows = truly(Notification).filter(user=user)
    unread = rows.filter(read_at=None, archived_at=None, deleted_at=None, snoozed_until=None)
    assert inbox.unread == unread.count()
    assert inbox.unseen == unread.filter(seq__gt=inbox.seen).count()
    assert inbox.rev == max(rows.values_list("rev", flat=True))


@pytest.mark.parametrize(
    "verb",
    [mark_read, mark_unread, archive, unarchive, delete],
    ids=lambda verb: verb.__name__,
)
def test_every_verb_keeps_revisions_and_counters_exact(person, verb):
    first, second, _ = (
        notify(f"Number {number}", "a", recipients=[person]).pk for number in range(3)
    )
    pk_of = dict(truly(Notification).values_list("event", "pk"))
    mark_read(person, ids=[pk_of[first]])
    archive(person, ids=[pk_of[first]])

    frame = verb(person, ids=[pk_of[first], pk_of[second]])

    assert frame["rev"] == truly(Inbox).get(user=person).rev == 6
    assert_exact(person)


def test_seeing_snoozing_and_waking_keep_revisions_and_counters_exact(person):
    notify("One", "a", recipients=[person])
    notify("Two", "a", recipients=[person])
    pks = list(truly(Notification).order_by("pk").values_list("pk", flat=True))

    mark_seen(person, upto=1)
    assert counts(person) == {"rev": 3, "unread": 2, "unseen": 1}
    snooze(person, ids=[pks[1]], until="2999-01-01T00:00:00Z")

    assert counts(person) == {"rev": 4, "unread": 1, "unseen": 0}
    assert len(sync(person, since=2)["put"]) == 1
    assert len(page(person)["put"]) == 1


def test_changes_of_a_whole_queryset_see_what_has_just_arrived(person):
    notify("One", "a", recipients=[person])
    notify("Two", "a", recipients=[person])

    assert Notification.objects.filter(user=person).mark_all_as_read() == 2
    assert_exact(person)

    (one, _) = Notification.objects.order_by("pk")
    one.mark_as_unread()

    assert one.read_at is None
    assert one.rev == truly(Inbox).get(user=person).rev
    assert_exact(person)


def test_a_repeat_collapses_into_what_has_just_arrived(person):
    for _ in range(3):
        notify("The kettle is on", "kitchen/kettle", recipients=[person])

    row = truly(Notification).get(user=person)
    assert (row.occurrences, row.rev, row.seq) == (3, 3, 3)
    assert_exact(person)


def test_a_known_dedupe_key_returns_the_first_event(person):
    first = notify("Paid", "shop/paid", recipients=[person], dedupe_key="order-5")

    assert notify("Paid", "shop/paid", recipients=[person], dedupe_key="order-5") == first
    call = {"message": "Paid", "key": "shop/paid", "recipients": [person]}
    assert notify_many([{**call, "dedupe_key": "order-5"}]) == []
    assert truly(Event).count() == 1


def test_a_type_keeps_its_level_from_the_first_event_on(person):
    truly(NotificationType).create(key="alarm", level="error")

    assert notify("Fire", "alarm", recipients=[person]).level == "error"
    assert {
        event.level
        for event in notify_many(
            [
                {"message": "Fire", "key": "alarm", "recipients": [person]},
                {"message": "Flood", "key": "alarm", "recipients": [person]},
            ]
        )
    } == {"error"}


def test_subscribing_and_unsubscribing_follow_each_other(person):
    once = subscribe(person, "blog/new", filters={"room": "kitchen"})

    assert subscribe(person, "blog/new", filters={"room": "kitchen"}) == once
    assert subscriptions.is_subscribed(person, "blog/new", filters={"room": "kitchen"})
    assert subscriptions.keys_of(person.pk) == ["blog/new"]
    assert subscriptions.set_active([once.pk], False) == 1
    assert subscriptions.keys_of(person.pk) == []
    assert subscriptions.set_active([once.pk], True) == 1
    assert unsubscribe(person, "blog/new", filters={"room": "kitchen"}) == 1
    assert not truly(Subscription).exists()


def test_subscriptions_of_an_address_are_claimed_with_their_filters(person):
    subscribe(person.email, "blog/new", filters={"room": "kitchen"})
    subscribe(person.email, "blog/old")
    subscribe(person, "blog/old")

    assert subscriptions.claim(person) == 1
    assert subscriptions.is_subscribed(person, "blog/new", filters={"room": "kitchen"})
    assert truly(Subscription).filter(user=person).count() == 2


def test_self_service_and_preferences_know_what_was_just_chosen(person, settings):
    settings.REALTIME_NOTIFY = {"MEDIA": ("email",)}
    truly(NotificationType).create(key="blog/new", self_service=True)

    assert self_service.subscribe(person.pk, key="blog/new")["subscribed"]
    assert len(listing.listed(person)["subscriptions"]) == 1
    preferences.save_opt_outs(person, key="blog/new", opted_out=["email"])
    preferences.save_opt_outs(person, key="blog/new", opted_out=["inbox"])

    assert list(truly(OptOut).values_list("medium", flat=True)) == ["inbox"]
    assert not self_service.unsubscribe(person.pk, key="blog/new")["subscribed"]
    assert not truly(Subscription).exists()


def test_opting_out_and_in_follow_each_other(person):
    once = opt_out(person, "blog/new", group=None, medium="email")

    assert opt_out(person, "blog/new", medium="email") == once
    assert subscriptions.is_opted_out(person, "blog/new", medium="email")
    assert opt_in(person, "blog/new", medium="email") == 1
    assert not truly(OptOut).exists()


def test_a_user_keeps_one_default_profile(person):
    profiles.choose(person, interval=10_080)
    profiles.choose(person, interval=1440)
    daily = DeliveryProfile.objects.get(user=person)

    assert daily.interval == profiles.default_interval(person) == 1440
    weekly = DeliveryProfile.objects.create(user=person, interval=10_080, is_default=True)
    assert list(truly(DeliveryProfile).filter(is_default=True)) == [weekly]
    weekly.delete()
    assert list(truly(DeliveryProfile).filter(is_default=True)) == [daily]


def test_what_a_row_refers_to_is_read_where_it_was_written(person):
    notify("One", "a", recipients=[person], actors=[person, person])
    (row,) = Notification.objects.all()

    assert row.event.type.key == "a"
    assert row.event.extra_actors.count() == 1


def test_a_broadcast_is_taken_in_once(person):
    notify("Before", "a", recipients=[person])
    notify("Everybody", "a", recipients=EVERYONE, lazy=True)

    assert counts(person)["unread"] == 2
    assert len(page(person)["put"]) == len(sync(person)["put"]) == 2
    assert mark_read(person, upto=2)["unread"] == 0
    assert_exact(person)


def test_no_table_of_ours_is_read_from_a_replica_unless_it_is_asked_for(person, replica):
    with replica.watched() as statements:
        subscribe(person, "a")
        for verb in (mark_read, mark_unread, archive, unarchive, delete):
            verb(person, upto=5)
        opt_out(person, "b")
        profiles.choose(person, interval=10_080)
        preferences.preferences_of(person)
        page(person)
        notify("One", "a", dedupe_key="k")
        notify("Everybody", "a", recipients=EVERYONE, lazy=True)
        notify("Gone", "a", expires_at=timezone.now() + timedelta(milliseconds=1))
        assert sync(person)["unread"] >= 2
        run_due()
        unsubscribe(person, "a")

    assert [sql for sql in statements if "realtime_notify_" in sql] == []
    assert list(Event.objects.using(REPLICA)) == ([] if replica.lags else list(truly(Event)))
