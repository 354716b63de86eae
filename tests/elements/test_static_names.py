"""Sites give their static files names with a digest of the content, so that browsers keep them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.template import engines
from django.test import RequestFactory

from realtime_notify.media.webpush import vapid

pytestmark = pytest.mark.django_db

TAGS = "notify_scripts notify_bell notify_inbox notify_toasts notify_alerts notify_push"


class HashedNames(StaticFilesStorage):
    """Names files as ManifestStaticFilesStorage does, without a run of collectstatic."""

    def url(self, name: str | None) -> str:
        return re.sub(r"(\.\w+)$", r".0123456789ab\1", super().url(name))


def test_elements_load_each_script_by_its_hashed_name(
    alice: Any, rf: RequestFactory, settings: Any
) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": f"{__name__}.HashedNames"},
    }
    settings.REALTIME_NOTIFY = {"MEDIA": ["webpush"], "VAPID_PRIVATE_KEY": vapid.generate()}
    request = rf.get("/")
    request.user = alice
    tags = "".join(f"{{% {tag} %}}" for tag in TAGS.split())

    html = engines["django"].from_string("{% load realtime_notify %}" + tags).render({}, request)

    named = set(re.findall(r"/static/realtime_notify/([\w.-]+)", html))
    names = ("bell", "panel", "menu", "inbox", "toasts", "alerts", "push")
    assert named == {f"notify-{name}.0123456789ab.js" for name in names}
