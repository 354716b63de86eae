"""All elements of a site that has no socket, as its setting or a page says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

ADDRESS = re.compile(r'<notify-[a-z]+ (.*?) api-url="/notifications/api/"')
TAGS = ["notify_bell", "notify_toasts", "notify_alerts sound=''", "notify_inbox 5"]


@pytest.mark.parametrize("tag", TAGS)
def test_the_setting_tells_every_element(
    tag: str, render: Callable[..., str], alice: Any, settings: Any
) -> None:
    settings.REALTIME_NOTIFY = {"WEBSOCKET_PATH": ""}

    assert ADDRESS.findall(render(f"{{% {tag} %}}", alice)) == ['socket="off"']


def test_the_setting_tells_the_inbox_page(visitor: Client, settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"WEBSOCKET_PATH": ""}

    html = visitor.get("/notifications/").content.decode()

    assert ADDRESS.findall(html) == ['socket="off"']


@pytest.mark.parametrize("tag", TAGS)
def test_an_argument_tells_one_element(tag: str, render: Callable[..., str], alice: Any) -> None:
    assert 'socket="off"' in render(f'{{% {tag} socket="off" %}}', alice)
    assert "socket=" not in render(f"{{% {tag} %}}", alice)
