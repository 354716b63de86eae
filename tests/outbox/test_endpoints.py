from __future__ import annotations

import pytest

from realtime_notify import notify
from realtime_notify.models import Endpoint
from realtime_notify.outbox import endpoints_for

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_active_endpoints_ask_for_types_by_globs(settings):
    settings.REALTIME_NOTIFY = {"MEDIA": ["webhook"]}
    comments = Endpoint.objects.create(name="c", url="https://example.com", keys=["comment/*"])
    everything = Endpoint.objects.create(name="e", url="https://example.com", keys=["**"])
    Endpoint.objects.create(name="off", url="https://example.com", keys=["**"], active=False)
    comment, post = (notify("Hello", key, recipients=[]) for key in ("comment/new", "post/new"))

    assert endpoints_for([comment, post]) == {
        comment.pk: [comments.pk, everything.pk],
        post.pk: [everything.pk],
    }


def test_without_webhooks_nobody_is_asked(settings, django_assert_num_queries):
    settings.REALTIME_NOTIFY = {"MEDIA": ["email"]}
    Endpoint.objects.create(name="e", url="https://example.com", keys=["**"])
    event = notify("Hello", "post/new", recipients=[])

    with django_assert_num_queries(0):
        assert endpoints_for([event]) == {event.pk: []}
