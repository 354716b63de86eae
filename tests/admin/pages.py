"""Addresses and actions of the admin's pages."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.test import Client

OF_NO_INTEREST = {"allowance", "epoch", "pushmark", "ticket"}
"""Tables that the admin leaves out: allowances, which are digests; one row that a command changes;
marks, which there are while a message is tried again; and tickets, which go within a minute, and
name sessions."""
MODELS = [
    name
    for model in apps.get_app_config("realtime_notify").get_models()
    if (name := str(model._meta.model_name)) not in OF_NO_INTEREST
]


def list_url(model: str) -> str:
    """Return the path of a table's list."""
    return f"/admin/realtime_notify/{model}/"


def run_action(client: Client, model: str, action: str, rows: Any) -> Any:
    """Run an action on rows of a list."""
    form = {"action": action, "_selected_action": [row.pk for row in rows], "post": "yes"}
    return client.post(list_url(model), form, follow=True)
