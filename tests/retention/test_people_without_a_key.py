"""Somebody without a key is nobody, and does not own what belongs to groups and addresses."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from realtime_notify import subscribe
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.models import Subscription
from realtime_notify.retention import export, forget

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rows(alice):
    subscribe(Group.objects.create(name="staff"), "news")
    subscribe(alice, "news")


def test_the_object_of_a_deleted_user_erases_nothing_of_others(bob):
    bob.delete()  # takes its key
    with pytest.raises(InvalidRequest, match="is not a saved user"):
        forget(bob)
    assert Subscription.objects.count() == 2


@pytest.mark.parametrize("nobody", [None, True, "nobody", object()])
def test_nobody_is_neither_exported_nor_erased(nobody):
    for call in (export, forget):
        with pytest.raises(InvalidRequest, match="is not a saved user"):
            call(nobody)
    assert Subscription.objects.count() == 2


def test_a_deleted_user_is_erased_by_their_key(bob):
    pk = bob.pk
    bob.delete()
    assert forget(pk)["subscriptions"] == 0
    assert Subscription.objects.count() == 2
