"""Measurements of realtime_notify beside what one would write otherwise."""
