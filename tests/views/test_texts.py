"""The texts that a browser fetches when it needs them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from realtime_notify.elements import attributes


@pytest.fixture
def texts_url() -> str:
    """The address on a German page."""
    with translation.override("de"):
        url: str = attributes.texts_url("panel")["texts-url"]
    return url


def test_they_are_in_the_language_of_the_page(client: Client, texts_url: str) -> None:
    answer = client.get(texts_url)

    assert answer.json()["close"] == "Schließen"
    assert answer["Content-Type"] == "application/json"


@pytest.mark.django_db
def test_they_need_no_session_and_no_query(
    client: Client, texts_url: str, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        answer = client.get(texts_url)

    assert "Cookie" not in answer.get("Vary", "")


def test_a_browser_keeps_them(client: Client, texts_url: str) -> None:
    assert client.get(texts_url)["Cache-Control"] == "public, max-age=31536000, immutable"


def test_those_of_another_version_are_not_kept(client: Client, texts_url: str) -> None:
    answer = client.get(texts_url.partition("?")[0], {"version": "0123"})

    assert answer["Cache-Control"] == "no-cache"
    assert answer.json()["close"] == "Schließen"


def test_a_language_without_texts_has_none(client: Client) -> None:
    assert json.loads(client.get("/notifications/api/texts/panel/en/").content) == {}


@pytest.mark.parametrize("path", ["panel/xx", "nonsense/de", "panel/..%2fde"])
def test_what_does_not_exist_is_not_found(client: Client, path: str) -> None:
    assert client.get(f"/notifications/api/texts/{path}/").status_code == 404
