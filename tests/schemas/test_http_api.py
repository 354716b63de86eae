"""A real site does what its OpenAPI document says, whatever is sent to it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.contrib.auth import get_user_model
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from realtime_notify import notify
from realtime_notify.media.webpush import vapid
from realtime_notify.schemas import openapi
from tests.site import Uvicorn, running_site

EXAMPLES = 6  # for each operation, of valid and of invalid requests each
WANT_WHAT_EXISTS = {
    "POST /api/preferences/",  # a choice that is offered
    "POST /api/push/",  # the key of a real browser
    "POST /api/snooze/",  # a moment that is still to come
    "POST /api/subscribe/",  # a type
    "POST /api/subscriptions/",
    "POST /api/unsubscribe/",
}
CSRF_TOKEN = "c" * 32
load_all_checks()
CHECKED = [
    CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    )
]


class Visitor:
    """A signed-in browser of a real site."""

    def __init__(self, url: str, session: str) -> None:
        self.url = f"{url}/notifications"
        self.cookies = {"sessionid": session.partition("=")[2], "csrftoken": CSRF_TOKEN}
        self.headers = {"X-CSRFToken": CSRF_TOKEN, "Origin": url}

    def send(self, case: Any) -> Any:
        """Send a request of Schemathesis, and hold the answer against the document."""
        case.cookies = {}
        return case.call_and_validate(
            base_url=self.url, headers=self.headers, cookies=self.cookies, checks=CHECKED
        )


@pytest.fixture
def visitor(transactional_db: None, tmp_path: Path) -> Iterator[Visitor]:
    user = get_user_model().objects.get_or_create(username="alice")[0]
    for number in range(5):
        notify(f"Number {number}", "demo/hello", recipients=[user])
    tuned = {
        "REQUESTS_PER_MINUTE": 1_000_000,
        "ANSWER_BYTES_PER_MINUTE": 10**9,
        "VAPID_PRIVATE_KEY": vapid.generate(),
    }
    with running_site(tmp_path) as site:
        site.start(
            kind=Uvicorn,
            DJANGO_SETTINGS_MODULE="tests.journeys.settings",
            RN_SETTINGS=json.dumps(tuned),
        )
        yield Visitor(site.url, site.login("alice"))


def statuses_of(operation: Any, mode: GenerationMode, visitor: Visitor) -> set[int]:
    """Send what Schemathesis thinks of for an operation, and return the statuses it met."""
    seen = set()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        seen.add(visitor.send(case).status_code)

    with contextlib.suppress(Unsatisfiable):  # nothing is wrong for an operation that takes nothing
        send()
    return seen


def test_every_operation_answers_as_documented(visitor: Visitor, subtests: Any) -> None:
    schema = schemathesis.openapi.from_dict(openapi.document())
    silent = set()
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr,unused-ignore]
        for mode in GenerationMode:
            with subtests.test(operation.label, mode=mode.value):
                statuses = statuses_of(operation, mode, visitor)
                if mode is GenerationMode.POSITIVE and 200 not in statuses:
                    silent.add(operation.label)

    # Else nobody was signed in, or nothing was ever carried out.
    assert silent <= WANT_WHAT_EXISTS
