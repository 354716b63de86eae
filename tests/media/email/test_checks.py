"""The system checks of mails: what is missing is said before the first one is sent."""

from __future__ import annotations

import sys

import pytest
from django.test import override_settings

from tests.media.email.conftest import SITE
from tests.test_checks import found

MAIL = ("E014", "W009", "E015", "E016", "E017", "I002")


def said():
    return [id for id in MAIL if found(id)]


def test_a_whole_set_up_has_no_messages():
    assert said() == []


def test_a_site_without_mail_needs_nothing():
    with override_settings(REALTIME_NOTIFY={}, DEFAULT_FROM_EMAIL="webmaster@localhost"):
        assert said() == []


def test_links_need_the_address_of_the_site():
    with override_settings(REALTIME_NOTIFY={"MEDIA": ["email"]}):
        (error,) = found("E014")

    assert "BASE_URL" in error.msg
    assert "https://example.com" in error.hint


def test_djangos_own_sender_is_warned_of():
    with override_settings(DEFAULT_FROM_EMAIL="webmaster@localhost"):
        assert said() == ["W009"]
        with override_settings(REALTIME_NOTIFY={**SITE, "EMAIL_FROM": "Ex <a@b.example>"}):
            assert said() == []
        with override_settings(DEBUG=True):
            assert said() == []


@pytest.mark.parametrize("text", ["example", "Example", "Example <>"])
def test_a_sender_that_is_no_address_is_an_error(text):
    with override_settings(REALTIME_NOTIFY={**SITE, "EMAIL_FROM": text}):
        (error,) = found("E016")

    assert repr(text) in error.msg


@pytest.mark.parametrize("path", ["no.such.Backend", "smtp.", "tests.media.email.nowhere.Backend"])
def test_an_email_backend_that_there_is_not_is_an_error(path):
    with override_settings(REALTIME_NOTIFY={**SITE, "EMAIL_BACKEND": path}):
        (error,) = found("E017")

    assert "EMAIL_BACKEND" in error.hint


def test_an_email_backend_that_refuses_its_settings_is_an_error():
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    ours = {**SITE, "EMAIL_BACKEND": smtp}
    with override_settings(REALTIME_NOTIFY=ours, EMAIL_USE_TLS=True, EMAIL_USE_SSL=True):
        assert len(found("E017")) == 1


@pytest.mark.parametrize("name", ["EMAIL_TEMPLATES", "EMAIL_SUBJECTS"])
def test_a_template_that_there_is_not_is_an_error(name):
    with override_settings(REALTIME_NOTIFY={**SITE, name: {"**": "mails/missing"}}):
        (error,) = found("E015")

    assert name in error.msg
    assert "mails/missing" in error.msg


def test_templates_that_there_are_are_fine():
    own = {"EMAIL_TEMPLATES": {"a": "mails/kitchen"}, "EMAIL_SUBJECTS": {"a": "mails/entry.txt"}}
    with override_settings(REALTIME_NOTIFY={**SITE, **own}):
        assert said() == []


def test_styles_that_stay_where_they_are_are_mentioned(monkeypatch):
    monkeypatch.setitem(sys.modules, "css_inline", None)

    assert said() == ["I002"]


@pytest.mark.parametrize(
    "url", ["example.com", "ftp://example.com", "https://", "https://a b", "https://a.b/?x", 5]
)
def test_a_base_url_that_is_none_is_an_error(url):
    with override_settings(REALTIME_NOTIFY={**SITE, "BASE_URL": url}):
        assert "BASE_URL" in found("E001")[0].msg
