from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from realtime_notify.models import Endpoint

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.mark.parametrize("keys", ["comment/*", [1], {"a": 1}, [""]])
def test_globs_are_a_list_of_texts(keys):
    endpoint = Endpoint(name="c", url="https://example.com", keys=keys)

    with pytest.raises(ValidationError, match="list of globs"):
        endpoint.full_clean()


@pytest.mark.parametrize("url", ["ftp://example.com", "javascript:alert(1)", "example.com"])
def test_only_http_urls_are_taken(url):
    with pytest.raises(ValidationError):
        Endpoint(name="c", url=url, keys=["**"]).full_clean()


def test_every_endpoint_has_a_secret_of_its_own():
    assert Endpoint().secret != Endpoint().secret
    assert Endpoint().secret.startswith("whsec_")
