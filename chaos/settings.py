"""Settings of every process of the town: the tests' own, with small numbers.

Chunks, inline deliveries and pages are small, so that few people are many. A site would leave them.
"""

from __future__ import annotations

from chaos import METRICS_TOKEN
from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS.append("chaos")
ROOT_URLCONF = "chaos.urls"
REALTIME_NOTIFY = {
    "METRICS_TOKEN": METRICS_TOKEN,
    "CHUNK_SIZE": 4,
    "INLINE_RECIPIENTS": 6,
    "HEAL_INTERVAL": 2,
    "PING_INTERVAL": 2,
    "PROBE_INTERVAL": 1,
    "SWEEP_INTERVAL": 1,
    "FRAME_BURST": 200,
}
# As docs/operations.md asks for, with less patience.
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 2,
    "tcp_user_timeout": 5000,
    "options": "-c statement_timeout=10s -c idle_in_transaction_session_timeout=10s",
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"channels_redis": {"level": "CRITICAL"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
