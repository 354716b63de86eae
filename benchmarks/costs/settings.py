"""Settings of the server that is measured: what it does by the clock is set by the measurement."""

from __future__ import annotations

import json
import logging
import os

from benchmarks.delivery.settings import *  # noqa: F403
from benchmarks.delivery.settings import DATABASES
from tests.settings import REDIS_URL

REALTIME_NOTIFY = json.loads(os.environ.get("COSTS_SETTINGS", "{}"))
# The threads of sockets are few and stay, so each keeps one connection, as a pool would.
DATABASES["default"]["CONN_MAX_AGE"] = None
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
}
logging.getLogger("channels_redis").setLevel(logging.CRITICAL)
