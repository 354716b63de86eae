"""A page of a feed out of a hundred thousand events: its plan on PostgreSQL, and how long it takes.

    python -m benchmarks.feed_plan [--events 100000] [--users 1000] [--plans]

Three people ask: one whom many events concern, one whom hardly any does and whose few are old, and
one who is in no group and subscribed to nothing; and the medium itself. A page is fifty events with
the three objects that each of them speaks of.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import Any

from tests.services import PostgreSQL

PAGE = 50
PEOPLE = ("many", "few", "none")


def main(arguments: list[str]) -> int:
    """Fill a database of its own, and show what pages of feeds cost there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=1_000)
    parser.add_argument("--plans", action="store_true", help="print each plan in full")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        if "DATABASE_URL" not in os.environ:
            os.environ["DATABASE_URL"] = stack.enter_context(PostgreSQL()).url
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        import django
        from django.test.utils import setup_databases, teardown_databases

        django.setup()
        databases = setup_databases(verbosity=0, interactive=False)
        try:
            fill(options.events, options.users)
            measure(options.plans)
        finally:
            teardown_databases(databases, verbosity=0)
    return 0


def fill(events: int, people: int) -> None:
    """Make people, groups, subscriptions and events, and three objects for each event."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection
    from django.utils import timezone

    from realtime_notify import opt_out, subscribe
    from realtime_notify.models import (
        Event,
        EventFilter,
        Inbox,
        Medium,
        Notification,
        NotificationType,
    )
    from tests.blog.models import Document, Post

    model = get_user_model()
    users = model._default_manager.bulk_create(
        model(username=f"user{n}", email=f"user{n}@example.com") for n in range(people)
    )
    teams = [Group.objects.create(name=f"team{n}") for n in range(20)]
    for n, team in enumerate(teams):
        team.user_set.add(*users[n::20])
    posts = Post.objects.bulk_create(Post(title=f"Post {n}") for n in range(1000))
    documents = Document.objects.bulk_create(Document(title=f"Document {n}") for n in range(1000))
    Medium.objects.create(name="newsfeed")
    for n in range(50):
        NotificationType.objects.create(key=f"type/{n}")
    many, few, _ = (model._default_manager.create(username=name) for name in PEOPLE)
    many.groups.add(*teams[:3])
    for n in range(20):
        subscribe(teams[n % 20], f"type/{n}", backfill=True)
        subscribe(many, f"type/{n}", backfill=True, filters={"album": "summer"})
    subscribe(many, "type/40", backfill=True, only_following=True)
    subscribe(few, "type/49", posts[7], backfill=True, media=["newsfeed"])
    subscribe(teams[5], "type/41", only_following=True, backfill=True)
    opt_out(many, "type/3")

    kinds = {one: ContentType.objects.get_for_model(one) for one in (model, Post, Document)}
    now = timezone.now()
    made = []
    for n in range(events):
        actor, post, document = users[n % people], posts[n % 1000], documents[n % 1000]
        made.append(
            Event(
                # The last type is rare, and all of it is old.
                type_id="type/49" if n < 2000 and n % 20 == 7 else f"type/{n % 49}",
                message=f"Event {n}",
                fingerprint=n,
                filters={"album": "summer"} if n % 3 else {},
                actor_type=kinds[model],
                actor_id=str(actor.pk),
                target_type=kinds[Post],
                target_id=str(post.pk),
                action_object_type=kinds[Document],
                action_object_id=str(document.pk),
                has_own_audience=n % 10 == 0,
                audience={"exclude": [actor.pk]} if n % 10 == 0 else {},
                created=now - timedelta(minutes=events - n),
                delivered_at=now,
            )
        )
    made = Event.objects.bulk_create(made, batch_size=2000)
    EventFilter.objects.bulk_create(
        (EventFilter(event=one, name="album", value="summer") for one in made if one.filters),
        batch_size=5000,
    )
    Inbox.objects.bulk_create(Inbox(user=one) for one in (many, few))
    for user, some in ((many, made[::5]), (few, made[:20])):
        Notification.objects.bulk_create(
            (
                Notification(event=one, user=user, seq=n, rev=n, fingerprint=n)
                for n, one in enumerate(some, 1)
            ),
            batch_size=5000,
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    print(f"{Event.objects.count():,} events, {model._default_manager.count():,} people\n")


def measure(with_plans: bool) -> None:
    """Print for each feed how long a page takes, how many queries, and how it is read."""
    from django.contrib.auth import get_user_model

    from realtime_notify.models import Medium

    who = {name: get_user_model()._default_manager.get(username=name) for name in PEOPLE}
    newsfeed, inbox = Medium.objects.get(name="newsfeed"), Medium.objects.named("inbox")
    feeds: dict[str, Callable[[], Any]] = {}
    for name, user in who.items():
        feeds[f"newsfeed of {name}"] = partial(newsfeed.events_for, user)
        feeds[f"inbox of {name}"] = partial(inbox.events_for, user)
        feeds[f"unseen of {name}"] = partial(newsfeed.events_for, user, seen=False)
    feeds["newsfeed of anybody"] = newsfeed.events
    print(
        f"{'a page of ' + str(PAGE):24} {'rows':>5} {'queries':>8} {'ms':>8}  event table read by"
    )
    for label, ask in feeds.items():
        report(label, ask, with_plans)


def report(label: str, ask: Callable[[], Any], with_plan: bool) -> None:
    """Print one feed."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def page() -> list[Any]:
        return [
            (event.message, str(event.actor), str(event.target), str(event.action_object))
            for event in ask().with_objects()[:PAGE]
        ]

    page()
    with CaptureQueriesContext(connection) as queries:
        rows = page()
    seconds = []
    for _ in range(5):
        begun = time.perf_counter()
        page()
        seconds.append(time.perf_counter() - begun)
    plan = ask()[:PAGE].explain(**({"analyze": True} if connection.vendor == "postgresql" else {}))
    # The outermost scan of the table itself; those of its rows' parts are inside.
    scan = re.search(r"(\w[\w ]* Scan[^(]*) on realtime_notify_event  ", plan)
    how = scan[1] if scan else "nothing"
    milliseconds = statistics.median(seconds) * 1000
    print(f"{label:24} {len(rows):5} {len(queries):8} {milliseconds:8.1f}  {how}")
    if with_plan:
        print(plan, "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
