"""The audience backwards, on every medium and of narrowed events, against forwards."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_notify import audience, notify, subscribe
from realtime_notify.audience import relevance
from realtime_notify.models import Event
from tests.audience.test_audience_property import (
    EMPLOYED,
    GROUPS,
    HAPPENINGS,
    MEDIA,
    MEMBERS,
    REFUSALS,
    USERS,
    WISHES,
    build,
    distinct,
    target_of,
)
from tests.blog.models import Company, Post
from tests.settings import EXAMPLES

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

SOME = st.lists(st.sampled_from(USERS), max_size=2, unique=True)
CUTS = st.fixed_dictionaries({}, optional={"recipient_users": SOME, "exclude": SOME})
ADDRESSES = st.lists(st.sampled_from(["user0@example.com", "Guest@example.com"]), unique=True)


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=EXAMPLES)
@given(data=st.data())
def test_an_event_concerns_exactly_the_users_in_its_audience(users, data):
    wishes = data.draw(st.lists(WISHES, max_size=5, unique_by=distinct))
    refusals = data.draw(st.lists(REFUSALS, max_size=2))
    members, employed = data.draw(MEMBERS), data.draw(EMPLOYED)
    happenings = data.draw(st.lists(st.tuples(HAPPENINGS, CUTS), min_size=1, max_size=4))
    written = data.draw(ADDRESSES)

    with transaction.atomic():
        people = [*users(max(USERS)), *users("ghost", active=False)]
        groups = [Group.objects.create(pk=n + 1, name=f"g{n}") for n in GROUPS]
        companies = [Company.objects.create(name=f"c{n}") for n in GROUPS]
        posts = [Post.objects.create(pk=n + 1, title=f"p{n}") for n in GROUPS]
        things = {"user": people, "group": groups, "company": companies, "post": posts}
        build(things, wishes, refusals, members, employed)
        for address in written:
            subscribe(address, "a")
        events = [tell(things, one, cut) for one, cut in happenings]

        for medium in MEDIA:
            forwards = {
                (who, event.pk)
                for event in events
                for who in [
                    *audience.members(event, medium).values_list("pk", flat=True),
                    *audience.email_addresses(event, medium),
                ]
            }
            backwards = {
                (user.pk, event.pk)
                for user in people
                for event in relevance.events_for(user.pk, medium)
            } | {
                (address.lower(), event.pk)
                for address in written
                for event in relevance.events_for_email(address, medium)
            }
            anybody = [event.pk for event in relevance.events_by(medium)]
            assert backwards == forwards
            assert sorted(anybody) == sorted({pk for _, pk in forwards})
        transaction.set_rollback(True)


def tell(things: dict[str, Any], one: Any, cut: dict[str, Any]) -> Event:
    """Notify of a happening, perhaps narrowed."""
    narrowed: dict[str, Any] = {
        name: [things["user"][number] for number in some] for name, some in cut.items()
    }
    return notify(
        "Hello",
        one.key,
        target_of(things, one.target),
        filters=one.filters,
        actors=[things[kind][number] for kind, number in one.actors],
        **narrowed,
    )
