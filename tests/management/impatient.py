"""A command of manage.py that gives the database little time, and whose mails go nowhere.

python -m tests.management.impatient SECONDS COMMAND [OPTION ...]
"""

from __future__ import annotations

import sys

import django
from django.conf import settings
from django.core.management import call_command

if __name__ == "__main__":
    django.setup()
    from realtime_notify.wire import waits

    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    waits.DEADLINE = float(sys.argv[1])
    call_command(*sys.argv[2:])
