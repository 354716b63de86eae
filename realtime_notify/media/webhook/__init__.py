"""Webhooks: a signed POST request for each event, to the endpoints that ask for its type.

Requests follow Standard Webhooks (https://www.standardwebhooks.com), so that receivers verify them
with a library. Endpoints are added in the admin.
"""

from __future__ import annotations

from realtime_notify.media.webhook.backend import Webhook, send_test

__all__ = ["Webhook", "send_test"]
