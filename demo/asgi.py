"""The demo's ASGI application: the site, and the static files that a web server would serve."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

from asgi import application as site
from demo.gallery.door import Door

door: Any = Door(site)
application = ASGIStaticFilesHandler(door)
