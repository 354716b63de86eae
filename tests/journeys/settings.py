"""Settings of the servers in the journeys: those of the tests, tuned by the environment."""

from __future__ import annotations

import json
import os

from tests.settings import *  # noqa: F403
from tests.settings import CHANNEL_LAYERS

REALTIME_NOTIFY = json.loads(os.environ.get("RN_SETTINGS", "{}"))
if layers := os.environ.get("RN_LAYERS"):
    CHANNEL_LAYERS |= json.loads(layers)
if layer := os.environ.get("RN_LAYER"):
    CHANNEL_LAYERS["default"]["BACKEND"] = layer
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
    ],
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
