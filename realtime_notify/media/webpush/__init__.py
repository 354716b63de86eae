"""Web Push: notifications in the browsers of somebody who has no page of the site open."""

from __future__ import annotations

from realtime_notify.media.webpush.backend import WebPush

__all__ = ["WebPush"]
