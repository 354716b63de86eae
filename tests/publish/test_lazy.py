"""Who says whether an event is a broadcast: the call, or its type."""

from __future__ import annotations

import pytest

from realtime_notify import notifiers, notify, signals
from realtime_notify.exceptions import InvalidNotification
from realtime_notify.models import Event, NotificationType

pytestmark = pytest.mark.django_db


@pytest.fixture
def lazy_type():
    return NotificationType.objects.create(key="news", lazy=True)


def test_events_are_eager_unless_somebody_says_otherwise():
    assert notify("Hello", "news").lazy is False


def test_a_call_makes_its_event_lazy():
    event = notify("Hello", "news", lazy=True)

    assert Event.objects.get(lazy=True) == event


def test_a_type_makes_its_events_lazy(lazy_type):
    assert notify("Hello", "news").lazy is True


def test_a_call_overrides_its_type(lazy_type):
    assert notify("Hello", "news", lazy=False).lazy is False


def test_a_notifier_declares_that_its_events_are_lazy(declaring):
    class News(notifiers.Notifier):
        key = "library/news"
        message = "The library opens"
        lazy = True

    assert News().fire().lazy is True


def test_named_recipients_of_a_lazy_type_get_rows(lazy_type, alice):
    assert notify("Hello", "news", recipients=[alice]).lazy is False


def test_named_recipients_and_lazy_exclude_each_other(alice):
    with pytest.raises(InvalidNotification, match="lazy=True is for subscribers and for EVERYONE"):
        notify("Hello", "news", recipients=[alice], lazy=True)

    assert not Event.objects.exists()


def test_the_signal_refuses_lazy_for_the_recipients_it_names(alice):
    with pytest.raises(InvalidNotification, match="lazy=True"):
        signals.notify.send(alice, recipient=alice, verb="waved", lazy=True)


@pytest.mark.parametrize("value", [1, "yes", 0])
def test_lazy_is_true_false_or_none(value):
    with pytest.raises(InvalidNotification, match="lazy must be True, False or None"):
        notify("Hello", "news", lazy=value)
