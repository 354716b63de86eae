"""Browsers that ask for pushes: who may register one, and whose it is afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from realtime_notify.media.webpush import vapid
from realtime_notify.models import PushSubscription
from tests.credentials.test_rest_framework import JWT, PATH
from tests.push_service import PushService
from tests.views.browsing import API, post

pytestmark = pytest.mark.django_db

PRIVATE_KEY = vapid.generate()


@pytest.fixture(autouse=True)
def pushing(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {
        "MEDIA": ["webpush"],
        "VAPID_PRIVATE_KEY": PRIVATE_KEY,
        "VAPID_SUBJECT": "mailto:webmaster@example.com",
        "MAX_PUSH_SUBSCRIPTIONS_PER_USER": 3,
    }


@pytest.fixture
def subscribed() -> Callable[[], dict[str, Any]]:
    """Make what a browser says of its subscription: subscribed()."""
    service = PushService("")
    service._server.server_close()

    def make() -> dict[str, Any]:
        offer = service.browser().offer
        return {**offer, "endpoint": offer["endpoint"].replace(service.url, "https://push.example")}

    return make


Subscribed = Callable[[], dict[str, Any]]


def another_browser(visitor: Client) -> Client:
    """Return another browser of whoever is signed in."""
    other = Client()
    other.cookies["sessionid"] = visitor.cookies["sessionid"].value
    return other


def owners() -> list[str]:
    return [row.user.username for row in PushSubscription.objects.all()]


def test_a_browser_is_registered_listed_and_removed(
    visitor: Client, subscribed: Subscribed
) -> None:
    made = post(visitor, "push", subscribed(), HTTP_USER_AGENT="Firefox/150").json()

    listed = visitor.get(f"{API}push/").json()
    assert listed["key"] == vapid.public_key()
    assert listed["browsers"] == [made]
    assert made["user_agent"] == "Firefox/150"
    assert visitor.delete(f"{API}push/{made['id']}/").json() == {"removed": 1}
    assert visitor.get(f"{API}push/").json()["browsers"] == []


def test_nobody_is_told_endpoints_or_keys(visitor: Client, subscribed: Subscribed) -> None:
    offer = subscribed()

    said = post(visitor, "push", offer).content + visitor.get(f"{API}push/").content

    for secret in (offer["endpoint"], offer["keys"]["auth"], offer["keys"]["p256dh"]):
        assert secret.encode() not in said


def test_a_browser_that_registers_again_stays_one(visitor: Client, subscribed: Subscribed) -> None:
    offer = subscribed()

    first = post(visitor, "push", offer).json()
    again = post(visitor, "push", offer).json()

    assert first["id"] == again["id"]
    assert len(owners()) == 1


def test_one_browser_more_takes_the_place_of_the_one_not_used_for_the_longest_time(
    visitor: Client, subscribed: Subscribed
) -> None:
    rows = [post(visitor, "push", subscribed()).json()["id"] for _ in range(3)]
    past = timezone.now() - timedelta(days=9)
    PushSubscription.objects.filter(pk__in=rows).update(modified=past)
    PushSubscription.objects.filter(pk=rows[0]).update(last_used=timezone.now())
    PushSubscription.objects.filter(pk=rows[1]).update(last_used=past - timedelta(days=1))
    PushSubscription.objects.filter(pk=rows[2]).update(modified=timezone.now())

    newest = post(visitor, "push", subscribed()).json()["id"]

    left = set(PushSubscription.objects.values_list("pk", flat=True))
    assert left == {rows[0], rows[2], newest}


class TestWhoMayRegister:
    def test_nobody_without_signing_in(self, subscribed: Subscribed) -> None:
        assert post(Client(), "push", subscribed()).status_code == 401
        assert Client().get(f"{API}push/").status_code == 401
        assert Client().delete(f"{API}push/1/").status_code == 401

    def test_no_other_site_on_somebodys_behalf(self, alice: Any, subscribed: Subscribed) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(alice)

        assert post(strict, "push", subscribed()).status_code == 403
        token = strict.get(f"{API}push/").json()["csrf_token"]
        assert post(strict, "push", subscribed(), HTTP_X_CSRFTOKEN=token).status_code == 200

    def test_nobody_removes_the_browser_of_another(
        self, visitor: Client, bob: Any, sign_in: Callable[..., Client], subscribed: Subscribed
    ) -> None:
        made = post(visitor, "push", subscribed()).json()

        assert sign_in(bob).delete(f"{API}push/{made['id']}/").json() == {"removed": 0}
        assert owners() == ["alice"]

    def test_a_token_does_as_well_as_a_session(
        self, alice: Any, subscribed: Subscribed, settings: Any
    ) -> None:
        settings.REALTIME_NOTIFY = {
            **settings.REALTIME_NOTIFY,
            "AUTHENTICATOR": PATH,
        }
        settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [JWT]}
        strict, token = Client(enforce_csrf_checks=True), AccessToken.for_user(alice)

        made = post(strict, "push", subscribed(), HTTP_AUTHORIZATION=f"Bearer {token}")

        assert made.status_code == 200
        assert owners() == ["alice"]

    def test_not_more_often_than_the_budget_allows(
        self, visitor: Client, subscribed: Subscribed, settings: Any
    ) -> None:
        settings.REALTIME_NOTIFY = {**settings.REALTIME_NOTIFY, "REQUESTS_PER_MINUTE": 1}
        post(visitor, "push", subscribed())

        assert post(visitor, "push", subscribed()).status_code == 429

    def test_nobody_on_a_site_without_a_key(
        self, visitor: Client, subscribed: Subscribed, settings: Any
    ) -> None:
        settings.REALTIME_NOTIFY = {}

        refused = post(visitor, "push", subscribed())

        assert refused.status_code == 404
        assert "VAPID_PRIVATE_KEY" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"endpoint": "http://push.example/1"}, "endpoint"),
        ({"endpoint": "https://127.0.0.1/1"}, "endpoint"),
        ({"endpoint": "https://169.254.169.254/"}, "endpoint"),
        ({"endpoint": None}, "endpoint"),
        ({"keys": None}, "p256dh"),
        ({"keys": {"p256dh": "AAAA", "auth": "AAAA"}}, "p256dh"),
        ({"keys": {"p256dh": vapid.encoded(b"\4" + b"x" * 64), "auth": "A" * 22}}, "p256dh"),
        ({"keys": {"p256dh": vapid.encoded(b"\4" + b"x" * 64), "auth": "?"}}, "auth"),
        ({"expirationTime": "tomorrow"}, "expirationTime"),
        ({"expirationTime": True}, "expirationTime"),
        ({"expirationTime": -1}, "expirationTime"),
        ({"expirationTime": 1e300}, "expirationTime"),
    ],
)
def test_what_is_no_subscription_is_refused_by_name(
    visitor: Client, subscribed: Subscribed, change: dict[str, Any], named: str
) -> None:
    refused = post(visitor, "push", {**subscribed(), **change})

    assert refused.status_code == 400
    assert f'"{named}"' in refused.json()["error"]["message"]
    assert owners() == []


class TestTwoAccountsInOneBrowser:
    """One browser has one subscription, whoever is signed in."""

    @pytest.fixture
    def shared(self, visitor: Client, subscribed: Subscribed) -> dict[str, Any]:
        """The subscription of a browser in which Alice has asked for pushes."""
        offer = subscribed()
        post(visitor, "push", offer)
        return offer

    @pytest.fixture(autouse=True)
    def with_a_way_out(self, alice: Any) -> None:
        """Let Alice into the admin, whose sign-out is Django's own."""
        alice.is_staff = True
        alice.save()

    def test_signing_out_ends_the_pushes_to_this_browser_alone(
        self, visitor: Client, shared: dict[str, Any], subscribed: Subscribed
    ) -> None:
        elsewhere = post(another_browser(visitor), "push", subscribed()).json()

        visitor.post("/admin/logout/")

        assert [row.pk for row in PushSubscription.objects.all()] == [elsewhere["id"]]

    def test_another_account_that_signs_in_ends_them_though_nobody_signed_out(
        self, visitor: Client, bob: Any, shared: dict[str, Any]
    ) -> None:
        visitor.get(f"/sign-in/{bob.username}/")

        assert owners() == []

    def test_the_same_account_that_signs_in_again_keeps_them(
        self, visitor: Client, alice: Any, shared: dict[str, Any]
    ) -> None:
        visitor.cookies.pop("sessionid")

        visitor.get(f"/sign-in/{alice.username}/")

        assert owners() == ["alice"]

    def test_another_account_that_asks_for_pushes_gets_them_alone(
        self, shared: dict[str, Any], bob: Any, sign_in: Callable[..., Client]
    ) -> None:
        assert post(sign_in(bob), "push", shared).status_code == 200

        assert owners() == ["bob"]

    def test_who_knows_the_endpoint_alone_cannot_take_it(
        self,
        shared: dict[str, Any],
        bob: Any,
        sign_in: Callable[..., Client],
        subscribed: Subscribed,
    ) -> None:
        refused = post(sign_in(bob), "push", {**subscribed(), "endpoint": shared["endpoint"]})

        assert refused.status_code == 403
        assert owners() == ["alice"]

    def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
        self, visitor: Client, shared: dict[str, Any]
    ) -> None:
        cookie = visitor.cookies["notify_push"]

        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"

    def test_a_cookie_that_is_no_digest_does_nothing(
        self, visitor: Client, shared: dict[str, Any]
    ) -> None:
        visitor.cookies["notify_push"] = "' OR 1=1"

        assert visitor.post("/admin/logout/").status_code == 200
        assert owners() == ["alice"]


class TestTheServiceWorker:
    def test_it_is_public_and_controls_these_pages_alone(self, client: Client) -> None:
        response = client.get("/notifications/push-worker.js")

        assert response.status_code == 200
        assert response["Content-Type"] == "text/javascript; charset=utf-8"
        assert response["Service-Worker-Allowed"] == "/notifications/"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert b"showNotification" in response.content

    def test_it_is_asked_for_again_and_sent_only_if_it_has_changed(self, client: Client) -> None:
        first = client.get("/notifications/push-worker.js")

        again = client.get("/notifications/push-worker.js", HTTP_IF_NONE_MATCH=first["ETag"])

        assert first["Cache-Control"] == "no-cache"
        assert (again.status_code, again.content) == (304, b"")
