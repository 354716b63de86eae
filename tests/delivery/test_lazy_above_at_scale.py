"""`LAZY_ABOVE` counts the people an event reaches, wherever somebody is left out."""

from __future__ import annotations

import pytest

from realtime_notify import notify, opt_out, subscribe
from realtime_notify.delivery import run_due
from realtime_notify.models import Notification

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def crowd(users, settings):
    settings.REALTIME_NOTIFY = {"LAZY_ABOVE": 10}
    people = sorted(users(40), key=lambda user: user.pk)
    for user in people:
        subscribe(user, "a")
    return people


@pytest.mark.parametrize("why", ["opted out", "inactive", "excluded"])
def test_one_person_who_is_left_out_does_not_make_a_large_event_small(crowd, why):
    if why == "opted out":
        opt_out(crowd[5], "a")
    elif why == "inactive":
        type(crowd[5])._default_manager.filter(pk=crowd[5].pk).update(is_active=False)
    event = notify("News", "a", exclude=[crowd[5]] if why == "excluded" else ())
    run_due()

    event.refresh_from_db()
    assert event.lazy
    assert Notification.objects.count() == 0
