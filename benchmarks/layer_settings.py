"""Settings of a server whose channel layer the environment names."""

from __future__ import annotations

import json
import os

from tests.settings import *  # noqa: F403

CHANNEL_LAYERS = json.loads(os.environ["BENCH_LAYERS"])
