"""Settings of the demo site.

For this machine only: DEBUG is on, the hosts are loopback names, and anybody may sign in as
anybody. Nothing here is meant to be copied into a real project; the README has that part.

Read from the environment: DATABASE_URL (SQLite in demo.sqlite3 without it) and REDIS_URL (a real
channel layer; the in-memory one without it), BASE_URL and DEMO_OUTBOX, a folder for mails.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from demo.database_url import database

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = True
SECRET_KEY = "django-insecure-demo-on-this-machine-only"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

DEMO_SIGN_IN = True
"""Opens /as/<name>/. The view asks for DEBUG and a caller on this machine as well."""

INSTALLED_APPS = [
    "daphne",  # first, so that `runserver` speaks WebSocket
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "realtime_notify",
    "demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "demo.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "demo.gallery.door.sit_down",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "demo.urls"
ASGI_APPLICATION = "demo.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # A project's own templates come before an app's: this is how the demo puts its header
        # around the app's inbox page.
        "DIRS": [BASE_DIR / "demo" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": database(os.environ.get("DATABASE_URL") or f"sqlite:///{BASE_DIR / 'demo.sqlite3'}")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CHANNEL_LAYERS: dict[str, dict[str, Any]]
if REDIS_URL := os.environ.get("REDIS_URL"):
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        },
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

REALTIME_NOTIFY = {
    "MEDIA": ["email"],
    "BASE_URL": os.environ.get("BASE_URL", "http://127.0.0.1:8000"),
    "SITE_NAME": "realtime_notify demo",
    "EMAIL_FROM": "realtime_notify demo <demo@example.com>",
}
EMAIL_BACKEND = "demo.outbox.EmailBackend"
SILENCED_SYSTEM_CHECKS = ["realtime_notify.I002"]  # nobody's mail program shows these mails
DEMO_OUTBOX = os.environ.get("DEMO_OUTBOX", BASE_DIR / "demo.outbox")

LOGIN_URL = "demo:index"
LOGIN_REDIRECT_URL = "demo:index"
STATIC_URL = "/static/"  # the same below the paths of the gallery's frames
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"

# Daphne shows on the terminal what Django shows there itself: once is enough.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}
