"""What every test may ask for: people, real services, a whole site."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import timezone, translation

from realtime_notify import conf, notify
from realtime_notify.conf import NAME, Settings
from realtime_notify.declarations import forgotten_after
from realtime_notify.models import Epoch, Event, Notification, NotificationType, TypeGroup
from realtime_notify.testing.client import TIMEOUT
from realtime_notify.wire import outbound, threads
from realtime_notify.wire.outbound import Message
from tests.catalogues import write_catalogue
from tests.services import Redis
from tests.site import Site, running_site
from tests.tables import empty_tables


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Empty tables quickly, and drop a database to which some thread is still connected."""
    with django_db_blocker.unblock():
        # What PostgreSQL tells of its history is found out once, and is no query of any test.
        Epoch.objects.values_list(Epoch.objects.present()).first()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_tables)
        yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deliver after a commit all that is due, however busy the machine is.

    The default of INLINE_SECONDS is made for requests. A test that sets it gets what it has set.
    """

    def load() -> Settings:
        given = getattr(settings, NAME, {})
        return original() if "INLINE_SECONDS" in given else replace(original(), INLINE_SECONDS=60.0)

    original = conf._CurrentSettings._load
    monkeypatch.setattr(conf._CurrentSettings, "_load", staticmethod(load))
    conf._current.forget(setting=NAME)


@pytest.fixture
def transactional_db(transactional_db: None) -> Iterator[None]:
    """Empty the tables when no thread of the hub is about to write to them."""
    yield
    threads.finish(TIMEOUT)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to SQLite what touches no database: it is the same everywhere."""
    if connection.vendor == "sqlite":
        return
    touching = [item for item in items if _touches_a_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if not _touches_a_database(item)])
    items[:] = touching


def _touches_a_database(item: pytest.Item) -> bool:
    """Tell whether a test asks for a database, or for processes that have one."""
    wanted = {"db", "transactional_db", "shared_redis"}
    asked = wanted.intersection(getattr(item, "fixturenames", ()))
    return bool(asked or item.get_closest_marker("django_db") or "/journeys/" in str(item.path))


def pytest_collection_finish() -> None:
    """Let the collector of garbage look no more at what was imported."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Remove what SQLite leaves beside a database when a thread still has it open."""
    if connection.vendor == "sqlite":
        path = Path(settings.DATABASES["default"]["TEST"]["NAME"])
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink()


@pytest.fixture
def users(db: None) -> Callable[..., list[Any]]:
    """Make users: users("alice", "bob") or users(1000), inactive with active=False."""

    def make(*who: str | int, active: bool = True) -> list[Any]:
        model = get_user_model()
        names = [str(name) for name in who if not isinstance(name, int)]
        for number in who:
            if isinstance(number, int):
                first = model._default_manager.count()
                names += [f"user{first + offset}" for offset in range(number)]
        model._default_manager.bulk_create(
            model(username=name, email=f"{name}@example.com", is_active=active) for name in names
        )
        made = model._default_manager.in_bulk(names, field_name="username")
        return [made[name] for name in names]

    return make


@pytest.fixture
def alice(users: Callable[..., list[Any]]) -> Any:
    return users("alice")[0]


@pytest.fixture
def bob(users: Callable[..., list[Any]]) -> Any:
    return users("bob")[0]


@pytest.fixture
def carol(users: Callable[..., list[Any]]) -> Any:
    return users("carol")[0]


@pytest.fixture
def sign_in() -> Callable[..., Client]:
    """Make browsers that somebody is signed in with: sign_in(alice)."""

    def make(user: Any, **options: Any) -> Client:
        client = Client(**options)
        client.force_login(user)
        return client

    return make


@pytest.fixture
def visitor(alice: Any, sign_in: Callable[..., Client]) -> Client:
    """Alice's browser."""
    return sign_in(alice)


@pytest.fixture
def translations(settings: Any, tmp_path: Path) -> Callable[..., None]:
    """Give the project catalogues: translations(de={"Hello": "Hallo"})."""

    def translate(**catalogues: dict[str, str]) -> None:
        directory = tmp_path / f"locale-{len(settings.LOCALE_PATHS)}"
        for language, messages in catalogues.items():
            write_catalogue(directory, language, messages)
        settings.LOCALE_PATHS = [str(directory), *settings.LOCALE_PATHS]

    return translate


@pytest.fixture
def speaking(settings: Any) -> Iterator[None]:
    """Let Django's middleware choose the language of each request."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
    with translation.override(translation.get_language()):  # the middleware leaves its own behind
        yield


@pytest.fixture
def commit(django_capture_on_commit_callbacks: Any) -> Callable[[], Any]:
    """Run what waits for the commit at the end of a block: with commit(): ..."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def send(commit: Callable[[], Any]) -> Callable[..., Event]:
    """Call `notify()` and deliver the event at once, as outside of a test's transaction."""

    def send(*args: Any, **kwargs: Any) -> Event:
        with commit():
            return notify(*args, **kwargs)

    return send


@pytest.fixture
def pushed() -> Iterator[list[Message]]:
    """The messages that this process pushes, as a server in it receives them."""
    messages: list[Message] = []
    listener = outbound.Listener(messages.append)
    outbound.listen(listener)
    yield messages
    outbound.unlisten(listener)


@pytest.fixture
def make_notification(send: Callable[..., Event]) -> Callable[..., Notification]:
    """Notify one person and return their notification: make_notification(alice, "Tea is ready")."""

    def make(user: Any, message: str = "The kettle is on", **options: Any) -> Notification:
        event = send(message, "kitchen/kettle", recipients=[user], **options)
        return Notification.objects.with_event().get(event=event, user=user)

    return make


@pytest.fixture
def fill(send: Callable[..., Event]) -> Callable[..., list[Notification]]:
    """Put notifications into inboxes, and return them, oldest first: fill(alice, count=3)."""

    def fill(*people: Any, count: int = 1, **options: Any) -> list[Notification]:
        events = [
            send(f"Number {number}", "a", recipients=people, collapse_key=None, **options)
            for number in range(count)
        ]
        return list(Notification.objects.filter(event__in=events).order_by("pk"))

    return fill


@pytest.fixture
def aged() -> Callable[..., None]:
    """Let what happened to notifications have happened some days ago: aged(rows, days=100)."""

    def age(rows: Iterable[Notification], days: int) -> None:
        back = timedelta(days=days)
        for row in Notification.objects.filter(pk__in=[one.pk for one in rows]):
            for name in ("read_at", "archived_at", "deleted_at"):
                if getattr(row, name):
                    setattr(row, name, getattr(row, name) - back)
            row.save()
            event = Event.objects.filter(pk=row.event_id)
            event.update(
                created=timezone.now() - back, delivered_at=timezone.now() - back, due_at=None
            )

    return age


@pytest.fixture
def blog_types(db: None) -> None:
    """A type group with two types that are offered to everybody, and one that is the staff's."""
    blog = TypeGroup.objects.create(name="blog", label="Blog", description="What we write")
    offered: dict[str, Any] = {"group": blog, "self_service": True}
    NotificationType.objects.create(key="blog/new", label="News", description="Posts", **offered)
    NotificationType.objects.create(key="blog/comment", label="Comments", **offered)
    NotificationType.objects.create(key="staff/only", label="Layoffs", group=blog)


@pytest.fixture
def declaring(db: None) -> Iterator[None]:
    """Let a test declare notifiers of its own.

    They are forgotten before the database is emptied, which writes again what is declared.
    """
    with forgotten_after():
        yield


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[Redis]:
    """A real Redis for all tests that leave it as they found it."""
    with Redis() as server:
        yield server


@pytest.fixture
def redis_server() -> Iterator[Redis]:
    """A real Redis of the test's own, to be killed, paused and started again."""
    with Redis() as server:
        yield server


@pytest.fixture
def live_site(transactional_db: None, redis_server: Redis, tmp_path: Path) -> Iterator[Site]:
    """A site on one Daphne and a Redis of its own; site.start() adds a second process."""
    with running_site(tmp_path, redis_server.url) as site:
        site.start()
        yield site


@pytest.fixture
def lone_site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    """A site of one process without Redis."""
    with running_site(tmp_path) as site:
        site.start()
        yield site


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium, the one every Debian user has."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    # Chromium's sandbox refuses to work for root, which is who runs in a container.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": chromium, "args": arguments}
