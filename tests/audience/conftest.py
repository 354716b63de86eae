"""Two media with a feed."""

from __future__ import annotations

import pytest

from realtime_notify.models import Medium


@pytest.fixture
def newsfeed(db):
    return Medium.objects.create(name="newsfeed")


@pytest.fixture
def bell(db):
    return Medium.objects.create(name="bell")
