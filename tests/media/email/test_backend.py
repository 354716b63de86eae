"""Sending: one connection, and what becomes of each mail."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import override_settings

from realtime_notify.outbox import Refused, backends
from tests.media.email.conftest import SITE

pytestmark = pytest.mark.django_db


def test_a_message_is_sent_as_a_mail(told, message_of, email):
    receipt = email.send(message_of(told()))

    (sent,) = mail.outbox
    assert sent.to == ["alice@example.com"]
    assert sent.from_email == "Example <no-reply@example.com>"
    assert sent.subject == "The kettle is on"
    assert sent.extra_headers["Message-ID"] == receipt


def test_it_is_a_built_in_medium():
    assert backends()["email"].__name__ == "Email"


def test_somebody_without_an_address_is_refused(told, message_of, email):
    with pytest.raises(Refused):
        email.send(message_of(told(), address=""))


def test_who_has_an_address_is_reachable(alice, bob, email, django_assert_num_queries):
    get_user_model().objects.filter(pk=alice.pk).update(email="alice@example.com")
    get_user_model().objects.filter(pk=bob.pk).update(email="")

    with django_assert_num_queries(1):
        assert set(email.reachable([alice.pk, bob.pk])) == {alice.pk}


def test_everybody_is_reachable_where_the_project_knows_the_addresses(alice, bob, email):
    with override_settings(REALTIME_NOTIFY={**SITE, "READER": "tests.media.email.readers.at_work"}):
        assert set(email.reachable([alice.pk, bob.pk])) == {alice.pk, bob.pk}
