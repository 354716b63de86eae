"""Settings of every process of the town: the tests' own, with small numbers.

MAIL_PORT is where the mail server listens, CLOCK the file that says how wrong the clock is, and
DATABASE_OPTIONS what PostgreSQL is told instead of the town's time-outs.
Chunks, inline deliveries and pages are small, so that few people are many. A site would leave them.
"""

from __future__ import annotations

import os
from pathlib import Path

from chaos import METRICS_TOKEN
from chaos.clocks import go_by
from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

if CLOCK := os.environ.get("CLOCK"):
    go_by(Path(CLOCK))
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
    "MEDIA": ["email"],
    "BASE_URL": "http://town.example.com",
}
DEFAULT_FROM_EMAIL = "Town <town@example.com>"
EMAIL_BACKEND = "chaos.mail_backend.Backend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ.get("MAIL_PORT", "25"))
EMAIL_TIMEOUT = 5
# As docs/operations.md asks for, with less patience; a migration has more.
IMPATIENT = "-c statement_timeout=10s -c idle_in_transaction_session_timeout=10s"
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 2,
    "tcp_user_timeout": 5000,
    "options": os.environ.get("DATABASE_OPTIONS", IMPATIENT),
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"channels_redis": {"level": "CRITICAL"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
