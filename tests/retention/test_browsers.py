"""Removing browsers that nobody pushes to any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from realtime_notify.models import PushSubscription
from realtime_notify.models.push_subscriptions import digest_of
from realtime_notify.retention import Policy, export, forget, prune
from tests.retention.conftest import DAYS

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

OLD = Policy(browsers=180 * DAYS)

Browser = Callable[..., PushSubscription]


@pytest.fixture
def old_browser(alice: Any) -> Browser:
    """Register a browser of Alice's, a year ago: old_browser(last_used=...)."""

    def make(**columns: Any) -> PushSubscription:
        endpoint = f"https://push.example/{PushSubscription.objects.count()}"
        row = PushSubscription.objects.create(
            user=alice, endpoint=endpoint, endpoint_digest=digest_of(endpoint), user_agent="Firefox"
        )
        columns = {"modified": timezone.now() - 365 * DAYS, **columns}
        PushSubscription.objects.filter(pk=row.pk).update(**columns)
        return row

    return make


def test_a_browser_goes_that_was_neither_pushed_to_nor_registered_again(
    old_browser: Browser,
) -> None:
    now = timezone.now()
    old_browser()
    old_browser(last_used=now - 200 * DAYS)
    kept = [old_browser(last_used=now - 10 * DAYS), old_browser(modified=now - 10 * DAYS)]

    *_, progress = prune(OLD, batch=1)

    assert progress.browsers == 2
    assert list(PushSubscription.objects.all()) == kept


def test_a_browser_goes_whose_subscription_has_expired(old_browser: Browser) -> None:
    now = timezone.now()
    old_browser(last_used=now, expires_at=now - DAYS)
    kept = old_browser(last_used=now, expires_at=now + DAYS)

    *_, progress = prune(OLD)

    assert progress.browsers == 1
    assert list(PushSubscription.objects.all()) == [kept]


def test_a_dry_run_counts_and_removes_nothing(old_browser: Browser) -> None:
    old_browser()

    *_, progress = prune(OLD, dry_run=True)

    assert progress.browsers == 1
    assert PushSubscription.objects.count() == 1


def test_a_person_is_told_of_their_browsers_and_forgotten_with_them(
    old_browser: Browser, alice: Any
) -> None:
    row = old_browser()

    [told] = export(alice)["browsers"]
    done = forget(alice)

    assert told["id"] == row.pk
    assert (told["user_agent"], told["endpoint"]) == ("Firefox", row.endpoint)
    assert "auth" not in told
    assert done["browsers"] == 1
    assert not PushSubscription.objects.exists()


def test_a_user_who_is_deleted_takes_their_browsers_along(old_browser: Browser, alice: Any) -> None:
    old_browser()

    alice.delete()

    assert not PushSubscription.objects.exists()
