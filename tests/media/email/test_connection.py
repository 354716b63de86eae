"""The connection that mails leave by."""

from __future__ import annotations

import pytest
from django.test import override_settings

from realtime_notify.media.email.connection import TIMEOUT, new_connection

SMTP = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}


def test_a_server_that_says_nothing_is_not_waited_for_for_ever():
    with override_settings(REALTIME_NOTIFY=SMTP, EMAIL_TIMEOUT=None):
        assert new_connection().timeout == TIMEOUT


@pytest.mark.parametrize("seconds", [5, 300])
def test_the_project_says_how_long_it_is_waited_for(seconds):
    with override_settings(REALTIME_NOTIFY=SMTP, EMAIL_TIMEOUT=seconds):
        assert new_connection().timeout == seconds


def test_a_backend_that_knows_no_timeout_is_left_alone():
    with override_settings(
        REALTIME_NOTIFY={"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    ):
        assert not hasattr(new_connection(), "timeout")
