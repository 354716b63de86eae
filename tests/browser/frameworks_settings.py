"""Settings of a site whose pages are made with frameworks, and with an app on another origin."""

from __future__ import annotations

import json
import os

from tests.browser.settings import *  # noqa: F403
from tests.browser.settings import INSTALLED_APPS as PLAIN_APPS
from tests.browser.settings import MIDDLEWARE as STRICT_MIDDLEWARE
from tests.pages import ROOT

ROOT_URLCONF = "tests.browser.frameworks_urls"
INSTALLED_APPS = [*PLAIN_APPS, "corsheaders"]
# Turbo and Alpine write markup and evaluate attributes, which the strict policy forbids.
MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    *(name for name in STRICT_MIDDLEWARE if not name.endswith("content_security_policy")),
]
MODULES = ROOT / "frontend/node_modules"
LIBRARIES = {
    "htmx.js": MODULES / "htmx.org/dist/htmx.min.js",
    "turbo.js": MODULES / "@hotwired/turbo/dist/turbo.es2017-esm.js",
    "alpine.js": MODULES / "alpinejs/dist/cdn.min.js",
}
APP_ORIGINS = json.loads(os.environ.get("APP_ORIGINS", "[]"))
CORS_ALLOWED_ORIGINS = APP_ORIGINS
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
    ],
}
REALTIME_NOTIFY = {
    "ALLOWED_ORIGINS": APP_ORIGINS,
    "AUTHENTICATOR": "realtime_notify.credentials.rest_framework.RestFrameworkAuthenticator",
}
