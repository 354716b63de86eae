"""The audience backwards, on every medium and of narrowed events, against forwards."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_notify import audience, subscribe
from realtime_notify.audience import anybody, relevance
from tests.audience.specs import EVENTS, MEDIA, SETUPS, Scene
from tests.settings import EXAMPLES

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

# Recipients and further topics are left out: those events are found by what was delivered.
FOUND_BY_RULES = EVENTS.map(lambda spec: spec._replace(also=[], to=None))
ADDRESSES = st.lists(st.sampled_from(["user0@example.com", "Guest@example.com"]), unique=True)


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=EXAMPLES)
@given(setup=SETUPS, specs=st.lists(FOUND_BY_RULES, min_size=1, max_size=4), subscribed=ADDRESSES)
def test_an_event_concerns_exactly_the_users_in_its_audience(users, setup, specs, subscribed):
    with transaction.atomic():
        scene = Scene(users, setup)
        for address in subscribed:
            subscribe(address, "a")
        events = [scene.notify(spec) for spec in specs]

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
                for user in scene.people
                for event in audience.events_for(user.pk, medium)
            } | {
                (address.lower(), event.pk)
                for address in subscribed
                for event in relevance.events_for_email(address, medium)
            }
            found = [event.pk for event in anybody.events_by(medium)]
            assert backwards == forwards
            pairs = {event: [address.lower() for address in subscribed] for event in events}
            walked = {(address, event.pk) for event in events for address in walk(event, medium)}
            still = {(who, pk) for pk, who in audience.still_addressed(pairs, medium)}
            assert walked == still == {pair for pair in forwards if isinstance(pair[0], str)}
            assert sorted(found) == sorted({pk for _, pk in forwards})
        transaction.set_rollback(True)


def walk(event, medium):
    """Return the addresses of an event, one by one."""
    found = [("", 0)]
    while part := audience.next_addresses(event, found[-1][0], 1, medium):
        found += part
    return [address for address, _ in found[1:]]
