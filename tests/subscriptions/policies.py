"""Policies of test sites, which settings name."""

from __future__ import annotations

from typing import Any

from realtime_notify.models import NotificationType


def open_blog(address: str, about: NotificationType, target: Any) -> bool:
    """Let any address subscribe to what the blog brings, except those of rivals."""
    return about.key == "blog/new" and not address.endswith("@rival.example")


SETTINGS = {
    "BASE_URL": "https://example.com",
    "SUBSCRIBE_BY_ADDRESS": f"{__name__}.open_blog",
}
