"""Settings of the site docker-compose.yml runs: several processes, PostgreSQL, Redis, a proxy.

Everything comes from the environment; what has no safe default must be there:

- SECRET_KEY, DATABASE_URL (postgresql://...), REDIS_URL, ALLOWED_HOSTS (comma-separated).
- HTTPS=1 when browsers come by https: cookies then travel no other way.
- TRUSTED_ORIGINS: https://example.com,... when the proxy in front changes the Host header.
- METRICS_TOKEN: the secret that Prometheus sends; without it there are no metrics.
- BASE_URL: the address of the site, which links in mails begin with.
- EMAIL_SERVER (host:port), EMAIL_USER, EMAIL_PASSWORD, EMAIL_TLS=1, EMAIL_FROM: how mails are sent;
  without a server, none are.
- STATIC_ROOT: where collectstatic gathers the files the proxy serves.

Nobody signs in by one click here: DEBUG is off and the addresses for it are not in the URLconf.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from demo.database_url import database


def required(name: str) -> str:
    """Return a variable of the environment that must be set."""
    if value := os.environ.get(name):
        return value
    raise ImproperlyConfigured(f"Set {name} in the environment: the production settings need it.")


def listed(value: str) -> list[str]:
    """Return the parts of a comma-separated value."""
    return [part.strip() for part in value.split(",") if part.strip()]


DEBUG = False
SECRET_KEY = required("SECRET_KEY")
# Each container's health check asks the container itself.
ALLOWED_HOSTS = [*listed(required("ALLOWED_HOSTS")), "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = listed(os.environ.get("TRUSTED_ORIGINS", ""))

INSTALLED_APPS = [
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
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "demo.production_urls"
ASGI_APPLICATION = "asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "production_templates"],
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

DATABASES: dict[str, dict[str, Any]] = {"default": database(required("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [required("REDIS_URL")]},
    },
}

EMAIL_HOST, _, port = os.environ.get("EMAIL_SERVER", "").partition(":")
EMAIL_PORT = int(port or 25)
EMAIL_HOST_USER = os.environ.get("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_TLS") == "1"
EMAIL_TIMEOUT = 10

REALTIME_NOTIFY = {
    "MEDIA": ["email"] if EMAIL_HOST else [],
    "BASE_URL": os.environ.get("BASE_URL", ""),
    "EMAIL_FROM": os.environ.get("EMAIL_FROM", ""),
    "METRICS_TOKEN": os.environ.get("METRICS_TOKEN", ""),
    # The proxy puts the address of the browser into X-Forwarded-For; both are in a private network.
    "TRUSTED_PROXIES": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
}

HTTPS = os.environ.get("HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 3600 if HTTPS else 0
# The proxy sets this header itself, whatever the browser sent.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGIN_URL = LOGOUT_REDIRECT_URL = "sign-in"
LOGIN_REDIRECT_URL = "realtime_notify:inbox"
STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("STATIC_ROOT", "/srv/static")
USE_TZ = True
LANGUAGE_CODE = "en-gb"
