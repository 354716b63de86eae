"""Settings of the test suite.

Read from the environment, so that one suite runs on every database:

- DATABASE_URL: sqlite, postgresql or mysql; a SQLite file in the temporary directory by default.
- REDIS_URL: a real channel layer; the in-memory one without it.
- RN_SQLITE=plain: SQLite as Django sets it up, whose transactions begin by reading.
- RN_USER=uuid: a user model of our own whose primary key is a UUID.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from demo.database_url import database

DEBUG = False
SECRET_KEY = "of-the-tests-and-no-secret, as long as signed tokens want it"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
USE_TZ = True
TIME_ZONE = "Europe/Copenhagen"  # not UTC, so that a naive datetime shows

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework.authtoken",
    "realtime_notify",
    "tests.blog",
    "tests.forum",
]

if os.environ.get("RN_USER") == "uuid":
    INSTALLED_APPS.append("tests.accounts")
    AUTH_USER_MODEL = "accounts.User"

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "tests.urls"
ASGI_APPLICATION = "asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
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

TEMPORARY_DATABASE = Path(tempfile.gettempdir()) / "realtime-notify.sqlite3"
DATABASES: dict[str, dict[str, Any]] = {
    "default": database(os.environ.get("DATABASE_URL") or f"sqlite:///{TEMPORARY_DATABASE}")
}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: threads and server processes of the tests share it.
    DATABASES["default"]["TEST"] = {"NAME": f"{DATABASES['default']['NAME']}.{os.getpid()}"}
if os.environ.get("RN_SQLITE") == "plain":
    # But patient: the lock is not given in turn, and a test machine may be slow.
    DATABASES["default"]["OPTIONS"] = {"timeout": 60}
if "mysql" in DATABASES["default"]["ENGINE"]:
    import pymysql

    # Django knows mysqlclient only, which must be compiled; PyMySQL offers the same interface.
    pymysql.install_as_MySQLdb()
    DATABASES["default"]["OPTIONS"] = {"charset": "utf8mb4"}
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

# Hashing is slow on purpose, which tests that sign in don't need.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_URL = "/static/"

# Examples of a property test: many where it is quick, fewer on the servers, whose part in it is the
# SQL and not the interplay.
EXAMPLES = 40 if "sqlite" in DATABASES["default"]["ENGINE"] else 8
