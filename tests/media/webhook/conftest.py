from __future__ import annotations

import pytest

from realtime_notify.models import Endpoint
from tests.media.webhook.receiver import receiving


@pytest.fixture
def receiver(settings):
    settings.REALTIME_NOTIFY = {
        **getattr(settings, "REALTIME_NOTIFY", {}),
        "MEDIA": ["webhook"],
        "BASE_URL": "https://example.com",
        "ALLOWED_PRIVATE_NETWORKS": ["127.0.0.0/8"],
    }
    with receiving() as found:
        yield found


@pytest.fixture
def endpoint(db, receiver):
    return Endpoint.objects.create(name="CRM", url=receiver.url, keys=["comment/*"])
