from __future__ import annotations

from dataclasses import fields

import pytest

from realtime_notify.conf import Settings, problems, settings
from realtime_notify.exceptions import InvalidSetting


def test_a_setting_that_is_not_given_has_its_default():
    assert settings.PAGE_SIZE == 20


def test_an_entry_of_the_dictionary_overrides_the_default(settings):
    from realtime_notify.conf import settings as ours

    settings.REALTIME_NOTIFY = {"PAGE_SIZE": 50}
    assert ours.PAGE_SIZE == 50

    settings.REALTIME_NOTIFY = {}
    assert ours.PAGE_SIZE == 20


def test_a_list_is_taken_where_a_tuple_is_meant(settings):
    from realtime_notify.conf import settings as ours

    settings.REALTIME_NOTIFY = {"ALLOWED_ORIGINS": ["https://app.example.com"]}

    assert ours.ALLOWED_ORIGINS == ("https://app.example.com",)


def test_a_misspelt_setting_raises_when_it_is_read(settings):
    from realtime_notify.conf import settings as ours

    settings.REALTIME_NOTIFY = {"PAGESIZE": 50}

    with pytest.raises(InvalidSetting, match="Did you mean 'PAGE_SIZE'"):
        _ = ours.PAGE_SIZE


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["PAGE_SIZE"], "must be a dictionary"),
        ({"page_size": 1}, "Did you mean 'PAGE_SIZE'?"),
        ({"COLOUR": "red"}, "There are: CHUNK_SIZE, "),
        ({"PAGE_SIZE": "20"}, "must be int, not '20'"),
        ({"PAGE_SIZE": True}, "must be int, not True"),
        ({"SOFT_DELETE": 0}, "must be bool, not 0"),
        ({"PAGE_SIZE": 0}, "must be at least 1"),
        ({"PAGE_SIZE": 200}, "is 200, more than MAX_PAGE_SIZE, which is 100"),
        ({"MAX_PAGE_SIZE": 10}, "is 20, more than MAX_PAGE_SIZE, which is 10"),
        ({"INTERVALS": [0, -5]}, "has -5; an interval is a number of minutes, 0 or -1"),
        ({"INTERVALS": ["daily"]}, "has 'daily'"),
        ({"INTERVALS": []}, "is empty"),
        ({"HEAL_INTERVAL": float("nan")}, "must be a number of seconds, not nan"),
        ({"WEBSOCKET_PATH": "ws/n/"}, "must begin with a slash: '/ws/n/'"),
        ({"ALLOWED_ORIGINS": ["x.com"]}, "an origin is written 'https://x.com'"),
        ({"ALLOWED_IMAGE_HOSTS": ["https://x.com/"]}, "a host is written 'cdn.example.com'"),
        ({"PING_INTERVAL": -1}, "must be at least 0, but is -1"),
        ({"MEDIA": "email"}, "must be a list of texts, such as ['email'], not 'email'."),
        ({"MEDIA": None}, "must be a list of texts, not None."),
        ({"INTERVALS": 1440}, "must be a list of whole numbers, such as [1440], not 1440."),
        ({"INTERVALS": "1440"}, "must be a list of whole numbers, not '1440'."),
        ({"RETENTION": 30}, "must be a dictionary of whole numbers, or None, not 30."),
        ({"TEXT_TEMPLATES": ["a.txt"]}, "must be a dictionary of texts, or None, not ['a.txt']."),
        ({"MAX_CONNECTIONS_PER_ADDRESS": 49}, "is 49, less than MAX_CONNECTIONS_PER_USER"),
        ({"METRICS_TOKEN": "secret"}, "must have at least 20 printable ASCII characters"),
        ({"METRICS_TOKEN": "é" * 30}, "must have at least 20 printable ASCII characters"),
        ({"TRUSTED_PROXIES": ["10.0.0.1/8"]}, "has '10.0.0.1/8', which is no network"),
        ({"TRUSTED_PROXIES": ["proxy"]}, "Write an address or a network, such as '10.0.0.0/8'"),
        ({"RETENTION": {"seen": 3}}, "has 'seen'; it may have: read, archived, deleted, unread"),
        ({"RETENTION": {"read": -1}}, "['read'] must be at least 0 days, not -1"),
        ({"RETENTION": {"read": 800_000}}, "must be at most 36,500 days, not 800000"),
        ({"RETENTION": {"keep": 0}}, "['keep'] must be at least 1 notification, not 0"),
        ({"RETENTION": {"read": "90"}}, "not '90'"),
    ],
)
def test_every_invalid_setting_is_named_with_the_valid_values(given, says):
    assert says in " ".join(problems(given))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"HEAL_INTERVAL": None},
        {"HEAL_INTERVAL": 2},
        {"SOFT_DELETE": False},
        {"MAX_CONNECTIONS_PER_ADDRESS": 0},
        {"TRUSTED_PROXIES": ["10.0.0.0/8", "2a01::/32", "192.168.1.1"]},
        {"METRICS_TOKEN": "K4rzGkTMrjEyzPUDkVYbHAbV5mhr"},
        {"RETENTION": {"read": 0, "keep": 1}},
    ],
)
def test_valid_settings_have_no_problems(given):
    assert problems(given) == []


def test_every_setting_is_documented():
    assert all(one.metadata["doc"].endswith(".") for one in fields(Settings))
