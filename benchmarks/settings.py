"""Settings of the servers that are measured: those of the tests, with quiet logs."""

from __future__ import annotations

import os

from tests.settings import *  # noqa: F403
from tests.settings import REDIS_URL

LAYERS = {
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "core": "channels_redis.core.RedisChannelLayer",
}
REALTIME_NOTIFY = {
    "HEAL_INTERVAL": 3600.0
}  # the rows are not written, so there is nothing to heal by
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": LAYERS[os.environ.get("BENCH_LAYER", "pubsub")],
        "CONFIG": {"hosts": [REDIS_URL]},
    }
}
