"""Requests of the JSON API that are refused, and what every answer carries."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.views.browsing import API


def test_a_change_is_refused_when_it_comes_by_get(visitor: Client) -> None:
    answer = visitor.get(f"{API}read/")

    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_reading_is_refused_when_it_comes_by_post(visitor: Client) -> None:
    answer = visitor.post(f"{API}count/")

    assert answer.status_code == 405
    assert answer["Allow"] == "GET"


def test_head_is_allowed_wherever_get_is(visitor: Client) -> None:
    assert visitor.head(f"{API}count/").status_code == 200


def test_a_form_encoded_body_is_refused_by_the_json_api(visitor: Client) -> None:
    answer = visitor.post(f"{API}read/", {"ids": "1"})

    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "bad_json"),
        (b"\xff\xfe", "bad_json"),
        ("[" * 5000, "bad_json"),
        ("[1]", "bad_request"),
        ("null", "bad_request"),
        ("{}", "bad_request"),
        ('{"ids": []}', "bad_request"),
        ('{"ids": ["1"]}', "bad_request"),
        ('{"ids": [true]}', "bad_request"),
        ('{"ids": [-1]}', "bad_request"),
        ('{"ids": [1e99]}', "bad_request"),
        ('{"ids": [99999999999999999999]}', "bad_request"),
        ('{"ids": 1}', "bad_request"),
        ('{"upto": -1}', "bad_request"),
        ('{"upto": "all"}', "bad_request"),
        ('{"ids": [1], "upto": 1}', "bad_request"),
    ],
)
def test_a_malformed_body_is_refused_with_an_error_code(
    visitor: Client, body: str | bytes, code: str
) -> None:
    answer = visitor.post(f"{API}read/", body, "application/json")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("size", [20_000, 3_000_000])
def test_a_body_too_large_is_refused(visitor: Client, size: int) -> None:
    answer = visitor.post(f"{API}read/", b" " * size, "application/json")

    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("notifications/", {"limit": "0"}),
        ("notifications/", {"limit": "101"}),
        ("notifications/", {"limit": "many"}),
        ("notifications/", {"limit": "٣"}),
        ("notifications/", {"before": "yesterday"}),
        ("notifications/", {"before": "x" * 300}),
        ("notifications/", {"unread": "perhaps"}),
        ("sync/", {"since": "-1"}),
        ("sync/", {"since": "now"}),
        ("sync/", {"since": "9" * 5000}),
    ],
)
def test_a_malformed_query_is_refused(visitor: Client, address: str, query: dict[str, str]) -> None:
    answer = visitor.get(f"{API}{address}", query)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


def test_answers_are_not_cached_and_vary_by_cookie(visitor: Client) -> None:
    for answer in (visitor.get(f"{API}count/"), visitor.get(f"{API}read/")):
        assert answer["Cache-Control"] == "no-store"
        assert "Cookie" in answer["Vary"]
