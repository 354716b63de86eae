"""How much one user may ask of the HTTP API in a minute."""

from __future__ import annotations

from typing import Any

from django.test import Client

from realtime_notify.models import NotificationType
from tests.views.browsing import API, post


def test_requests_above_the_limit_of_a_user_are_refused_with_a_time_to_wait(
    visitor: Client, bob: Any, settings: Any
) -> None:
    settings.REALTIME_NOTIFY = {"REQUESTS_PER_MINUTE": 3}
    for _ in range(3):
        assert visitor.get(f"{API}count/").status_code == 200

    refused = visitor.get(f"{API}count/")

    error = refused.json()["error"]
    assert refused.status_code == 429
    assert (error["code"], error["temporary"]) == ("rate_limited", True)
    assert error["message"] == "Too many requests. Slow down."
    assert 15 < error["retry"] <= 20
    assert int(refused["Retry-After"]) in (19, 20)
    assert refused["Cache-Control"] == "no-store"
    neighbour = Client()
    neighbour.force_login(bob)
    assert neighbour.get(f"{API}count/").status_code == 200
    assert Client().get(f"{API}count/").status_code == 200


def test_a_request_that_is_refused_does_not_make_the_wait_longer(
    visitor: Client, settings: Any
) -> None:
    settings.REALTIME_NOTIFY = {"REQUESTS_PER_MINUTE": 1}
    visitor.get(f"{API}count/")

    waits = [visitor.get(f"{API}count/").json()["error"]["retry"] for _ in range(5)]

    assert max(waits) <= 60


def test_a_request_that_another_site_forges_uses_up_nothing(alice: Any, settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"REQUESTS_PER_MINUTE": 1}
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)

    forged = [post(strict, "read", {"ids": [1]}).status_code for _ in range(5)]

    assert forged == [403] * 5
    assert strict.get(f"{API}count/").status_code == 200


def test_answers_over_http_count_against_the_bytes_of_their_user(
    visitor: Client, settings: Any
) -> None:
    settings.REALTIME_NOTIFY = {"ANSWER_BYTES_PER_MINUTE": 30}

    answers = [visitor.get(f"{API}count/") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 429, 429]
    assert answers[1].json()["error"]["message"] == "Your answers have too many bytes. Slow down."


def test_a_subscription_too_many_is_refused(visitor: Client, settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"MAX_SUBSCRIPTIONS_PER_USER": 1}
    for key in ("blog/new", "blog/old"):
        NotificationType.objects.create(key=key, self_service=True)
    assert post(visitor, "subscribe", {"key": "blog/new"}).status_code == 200

    refused = post(visitor, "subscribe", {"key": "blog/old"})

    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "too_many"
