"""Webhooks: signed, verified by the receivers' own library, retried, noted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from realtime_notify import notify
from realtime_notify.media.webhook import Webhook, send_test
from realtime_notify.media.webhook.backend import EndpointFailed
from realtime_notify.models import Attempt, Dispatch, Endpoint, Event, Medium
from realtime_notify.outbox import Item, Message, NotNow, Reader, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(endpoint, alice):
    def build(*texts, attempts=0, to=endpoint):
        events = [notify(text, "comment/new", target_object=alice, recipients=[]) for text in texts]
        dispatch = Dispatch.objects.create(
            medium=Medium.objects.get_or_create(name="webhook")[0],
            recipient=f"endpoint:{to.pk}",
            endpoint=to,
            due_at=timezone.now(),
            attempts=attempts,
        )
        items = [Item(Event.objects.get(pk=event.pk)) for event in events]
        reader = Reader("en", "UTC", "")
        return Message(dispatch.pk, "webhook", items, reader, endpoint=to, attempts=attempts)

    return build


def test_the_receiver_verifies_what_it_gets(receiver, endpoint, message):
    receipt = Webhook().send(message("Nice post"))

    headers, body = receiver.requests[0]
    payload = Verifier(endpoint.secret).verify(body, headers)
    assert payload["type"] == "comment/new"
    assert payload["data"]["message"] == "Nice post"
    assert payload["data"]["target"]["text"] == "alice"
    assert receipt == headers["webhook-id"]


def test_a_changed_body_is_no_longer_genuine(receiver, endpoint, message):
    Webhook().send(message("Nice post"))

    headers, body = receiver.requests[0]
    with pytest.raises(WebhookVerificationError):
        Verifier(endpoint.secret).verify(body.replace(b"Nice", b"Ugly"), headers)


def test_both_secrets_sign_for_a_day_after_a_rotation(receiver, endpoint, message):
    old = endpoint.secret
    endpoint.rotate_secret()

    Webhook().send(message("Nice post"))

    headers, body = receiver.requests[0]
    assert old != endpoint.secret
    assert Verifier(old).verify(body, headers) == Verifier(endpoint.secret).verify(body, headers)


def test_the_old_secret_signs_nothing_once_the_day_is_over(receiver, endpoint, message):
    old = endpoint.secret
    endpoint.rotate_secret()
    endpoint.previous_secret_until = timezone.now() - timedelta(seconds=1)

    Webhook().send(message("Nice post"))

    headers, body = receiver.requests[0]
    with pytest.raises(WebhookVerificationError):
        Verifier(old).verify(body, headers)


def test_urls_are_whole(receiver, message):
    item = message("Nice post").items[0]
    Event.objects.filter(pk=item.event.pk).update(url="/post/1/", target_url="/alice/")
    endpoint = Endpoint.objects.get()
    again = Item(Event.objects.get(pk=item.event.pk))

    Webhook().send(
        Message(
            Dispatch.objects.get().pk, "webhook", [again], Reader("en", "UTC", ""), None, endpoint
        )
    )

    data = receiver.payloads[0]["data"]
    assert data["url"] == "https://example.com/post/1/"
    assert data["target"]["url"] == "https://example.com/alice/"


def test_every_attempt_is_noted_with_the_answer(receiver, endpoint, message):
    receiver.statuses = [500, 200]
    backend = Webhook()
    failing = message("Nice post")
    with pytest.raises(EndpointFailed, match="500"):
        backend.send(failing)
    Webhook().send(failing)

    good, bad = Attempt.objects.all()
    assert (bad.status, bad.answer, bad.error) == (500, "thanks", "It answered 500.")
    assert (good.status, good.error) == (200, "")
    assert good.request == bad.request
    assert good.dispatch_id == failing.pk


def test_an_endpoint_that_fails_rests_and_the_others_do_not_wait(receiver, endpoint, message):
    other = Endpoint.objects.create(name="BI", url=receiver.url, keys=["**"])
    receiver.statuses = [503]
    backend = Webhook()
    with pytest.raises(EndpointFailed):
        backend.send(message("one"))

    with pytest.raises(NotNow) as rest:
        backend.send(message("two"))
    backend.send(message("three", to=other))

    assert 0 < rest.value.seconds <= 5
    assert [payload["data"]["message"] for payload in receiver.payloads] == ["one", "three"]


def test_what_was_accepted_is_not_sent_again_with_what_failed(receiver, message):
    receiver.statuses = [200, 500]
    both = message("one", "two")
    with pytest.raises(EndpointFailed):
        Webhook().send(both)

    Webhook().send(
        Message(both.pk, "webhook", both.items, both.reader, None, both.endpoint, attempts=1)
    )

    sent = [payload["data"]["message"] for payload in receiver.payloads]
    assert sent == ["one", "two", "two"]


def test_an_endpoint_that_is_gone_is_switched_off(receiver, endpoint, message):
    receiver.statuses = [410]

    with pytest.raises(Refused, match="410"):
        Webhook().send(message("Nice post"))

    assert not Endpoint.objects.get().active


def test_an_endpoint_that_is_switched_off_gets_nothing(receiver, endpoint, message):
    endpoint.active = False

    with pytest.raises(Refused, match="switched off"):
        Webhook().send(message("Nice post"))

    assert receiver.requests == []


def test_a_private_address_is_an_error_that_says_what_to_do(settings, endpoint, message):
    sent = message("Nice post")
    settings.REALTIME_NOTIFY = {"MEDIA": ["webhook"]}

    with pytest.raises(EndpointFailed, match="ALLOWED_PRIVATE_NETWORKS"):
        Webhook().send(sent)

    assert "is not public" in Attempt.objects.get().error


def test_a_test_goes_out_whatever_the_endpoint_asks_for(receiver, endpoint):
    attempt = send_test(endpoint)

    headers, body = receiver.requests[0]
    assert Verifier(endpoint.secret).verify(body, headers)["type"] == "test"
    assert (attempt.status, attempt.dispatch) == (200, None)


def test_a_test_of_a_dead_endpoint_tells_why(receiver, endpoint):
    receiver.statuses = [404]

    assert send_test(endpoint).error == "It answered 404."
