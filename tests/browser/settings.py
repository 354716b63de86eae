"""Settings of the site that the browser visits: one page with a bell, under a strict policy."""

from __future__ import annotations

import os
from typing import Any

from tests.settings import *  # noqa: F403
from tests.settings import MIDDLEWARE as PLAIN_MIDDLEWARE

ROOT_URLCONF = "tests.browser.urls"
MIDDLEWARE = [
    *PLAIN_MIDDLEWARE,
    "django.middleware.locale.LocaleMiddleware",
    "demo.middleware.content_security_policy",
]
REALTIME_NOTIFY: dict[str, Any] = {
    "MEDIA": ["webpush"],
    "VAPID_PRIVATE_KEY": "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
    "VAPID_SUBJECT": "mailto:webmaster@example.com",
    "ALLOWED_PRIVATE_NETWORKS": ["127.0.0.0/8"],
    "BASE_URL": os.environ.get("SITE_URL", "https://example.com"),
    "SUBSCRIBE_BY_ADDRESS": "tests.subscriptions.policies.open_blog",
    "WEBSOCKET_PATH": os.environ.get("WEBSOCKET_PATH", "/ws/notifications/"),
    "PING_INTERVAL": float(os.environ.get("PING_INTERVAL", "25")),
    "MAX_CONNECTIONS_PER_USER": int(os.environ.get("MAX_CONNECTIONS_PER_USER", "50")),
}
# Several browsers write at the same time here, and one of them may be killed while it does.
DATABASES["default"]["OPTIONS"] = {  # noqa: F405
    **DATABASES["default"].get("OPTIONS", {}),  # noqa: F405
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
}
# Where a test runs a mail server.
if "EMAIL_PORT" in os.environ:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["EMAIL_PORT"])
    REALTIME_NOTIFY["MEDIA"] = ["email"]
