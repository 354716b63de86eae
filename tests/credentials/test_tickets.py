"""Tickets: good once, for a short time, and never for longer than what vouched for their owner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from time import time
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from realtime_notify.credentials import Credentials, Identity, identify, tickets
from realtime_notify.models import Ticket
from realtime_notify.wire.protocol import Close
from tests.sockets import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

NOBODY: dict[str, Any] = {"headers": []}


def shown(ticket):
    [who] = identify([Credentials(NOBODY, ticket)])
    return who


def in_an_hour():
    return timezone.now() + timedelta(hours=1)


def test_a_ticket_says_who_its_owner_is_and_when_that_ends(alice):
    expires = in_an_hour()

    who = shown(tickets.issue(alice.pk, None, expires))

    assert who == Identity(alice.pk, None, expires)


def test_a_ticket_is_good_once(alice):
    ticket = tickets.issue(alice.pk, None, in_an_hour())

    assert isinstance(shown(ticket), Identity)
    assert shown(ticket) is Close.CREDENTIALS_EXPIRED
    assert not Ticket.objects.exists()


def test_of_those_who_show_one_ticket_in_the_same_moment_the_first_gets_in(alice):
    ticket = tickets.issue(alice.pk, None, in_an_hour())

    first, second = identify([Credentials(NOBODY, ticket)] * 2)

    assert isinstance(first, Identity)
    assert second is Close.CREDENTIALS_EXPIRED


def test_a_ticket_is_good_for_a_short_time(alice, settings):
    ticket = tickets.issue(alice.pk, None, in_an_hour())
    Ticket.objects.update(valid_until=time() - 1)

    assert shown(ticket) is Close.CREDENTIALS_EXPIRED


def test_a_ticket_is_worth_nothing_once_what_vouched_has_expired(alice):
    assert shown(tickets.issue(alice.pk, None, timezone.now())) is Close.CREDENTIALS_EXPIRED


def test_a_ticket_expires_when_it_should_in_the_hour_that_comes_twice(alice, settings):
    settings.USE_TZ = False
    settings.TIME_ZONE = "Europe/Copenhagen"
    first = datetime(2030, 10, 27, 0, 30, tzinfo=UTC)  # 2:30 in summer time

    for moment in (first, first + timedelta(hours=1)):  # 2:30 again
        assert shown(tickets.issue(alice.pk, None, moment)).expires == moment


def test_a_ticket_of_somebody_who_is_not_active_is_refused(alice):
    ticket = tickets.issue(alice.pk, None, in_an_hour())
    type(alice).objects.update(is_active=False)

    assert shown(ticket) is Close.NOT_SIGNED_IN


def test_a_ticket_that_a_session_vouched_for_ends_with_the_session(alice, sign_in):
    staying, leaving = sign_in(alice), sign_in(alice)
    keys = [each.cookies["sessionid"].value for each in (staying, leaving)]
    kept, lost = (tickets.issue(alice.pk, key, None) for key in keys)
    leaving.logout()

    assert shown(kept) == Identity(alice.pk, keys[0], None)
    assert shown(lost) is Close.NOT_SIGNED_IN


def test_a_ticket_does_not_follow_its_session_to_the_next_user(alice, bob):
    key = sign_in(bob)

    assert shown(tickets.issue(alice.pk, key, None)) is Close.NOT_SIGNED_IN


@pytest.mark.parametrize("ticket", ["x", "\x00", "\ud800", "' OR 1=1 --"])
def test_a_ticket_that_was_never_issued_is_refused(alice, ticket):
    assert shown(ticket) is Close.CREDENTIALS_EXPIRED


def test_a_bad_ticket_is_not_made_up_for_by_a_cookie(alice):
    cookie = {"headers": [(b"cookie", f"sessionid={sign_in(alice)}".encode())]}

    assert identify([Credentials(cookie, "stale")]) == [Close.CREDENTIALS_EXPIRED]
    assert isinstance(identify([Credentials(cookie)])[0], Identity)


def test_the_table_does_not_hold_what_opens_a_socket(alice):
    ticket = tickets.issue(alice.pk, None, None)

    row = Ticket.objects.values().get()

    assert ticket not in str(row)
    assert shown(row["digest"]) is Close.CREDENTIALS_EXPIRED


def test_tickets_that_nobody_redeemed_are_removed_when_the_next_is_issued(alice):
    tickets.issue(alice.pk, None, None)
    Ticket.objects.update(valid_until=time() - 1)

    tickets.issue(alice.pk, None, None)

    assert Ticket.objects.count() == 1


def test_many_tickets_cost_as_many_statements_as_one(users, django_assert_num_queries):
    everybody = users(64)
    keys = [sign_in(user) for user in everybody[:8]]
    expires = in_an_hour()

    def batch(people):
        return [
            Credentials(NOBODY, tickets.issue(user.pk, key, None if key else expires))
            for user, key in people
        ]

    few = batch([(everybody[0], keys[0]), (everybody[40], None)])
    many = batch(zip(everybody, [*keys, *[None] * 56], strict=True))
    with django_assert_num_queries(6):
        identify(few)
    with django_assert_num_queries(6):
        found = identify(many)

    assert [who.pk for who in found] == [user.pk for user in everybody]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(5))
def test_a_ticket_that_two_processes_redeem_at_once_opens_one_socket(users, attempt):
    """Each thread has a connection of its own, as a process has."""
    everybody = users(20)
    issued = [tickets.issue(user.pk, None, in_an_hour()) for user in everybody]
    together = Barrier(4)

    def redeem(batch):
        together.wait()
        try:
            return identify([Credentials(NOBODY, ticket) for ticket in batch])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        batches = [issued, issued[::-1], issued, issued[::-1]]
        answers = [answer for found in threads.map(redeem, batches) for answer in found]

    winners = [who.pk for who in answers if isinstance(who, Identity)]
    assert sorted(winners, key=str) == sorted((user.pk for user in everybody), key=str)
    assert answers.count(Close.CREDENTIALS_EXPIRED) == 60, connection.vendor
