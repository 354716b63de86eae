"""docs/how-to/webhooks.md: the payload and the code of a receiver are true."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest

from realtime_notify import notify
from realtime_notify.conf import problems
from realtime_notify.media.webhook.payload import body_of
from realtime_notify.media.webhook.signing import headers
from realtime_notify.models import Event
from tests.docs.conftest import Names
from tests.pages import labelled


@pytest.mark.parametrize("code", [labelled("webhook-settings"), labelled("webhook-networks")])
def test_the_settings_are_valid(code):
    names: Names = {}
    exec(code, names)

    assert problems(names["REALTIME_NOTIFY"]) == []


@pytest.mark.django_db
def test_the_payload_has_these_fields(alice):
    notify("Ann commented on your post", "comment/new", target_object=alice, recipients=[])
    sent = json.loads(body_of(Event.objects.get()))
    shown = json.loads(labelled("webhook-payload"))

    assert sent.keys() == shown.keys()
    assert sent["data"].keys() == shown["data"].keys()
    assert sent["data"]["target"].keys() == shown["data"]["target"].keys()


def test_the_receiver_verifies_a_request():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    names: Names = {}
    exec(
        labelled("webhook-verify").replace("whsec_...", secret).replace("...", "return payload"),
        names,
    )

    request = SimpleNamespace(body=b'{"type": "test"}')
    request.headers = headers([secret], "evt_1", int(time.time()), request.body)

    assert names["receive"](request) == {"type": "test"}
