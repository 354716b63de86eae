"""A small site to try realtime_notify on. It runs on this machine only and is not in the wheel."""
