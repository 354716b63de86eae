"""Settings of the server that is measured: what beats, beats slowly, and costs less."""

from __future__ import annotations

from benchmarks.delivery.settings import *  # noqa: F403

REALTIME_NOTIFY = {"PING_INTERVAL": 60, "HEAL_INTERVAL": 15}
