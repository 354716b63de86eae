"""Row actions: the buttons that an event offers."""

from __future__ import annotations

import pytest
from django.utils.translation import gettext_lazy

from realtime_notify import edit, notify
from realtime_notify.exceptions import InvalidNotification
from realtime_notify.inbox import page
from realtime_notify.models import Event

pytestmark = pytest.mark.django_db

APPROVE = {"label": "Approve", "url": "/orders/7/approve/", "method": "POST", "style": "primary"}
SEE = {"label": "See it", "url": "https://example.com/orders/7/"}


def test_actions_reach_the_browser_as_they_were_given(alice, send):
    send("Order 7", "order", recipients=[alice], data={"order": 7, "actions": [APPROVE, SEE]})

    (item,) = page(alice)["put"]
    assert item["data"] == {"order": 7, "actions": [APPROVE, SEE]}


def test_a_label_may_be_a_lazy_translation():
    data = {"actions": [{**SEE, "label": gettext_lazy("Close")}]}

    event = notify("Order 7", "order", recipients=[], data=data)

    assert event.data["actions"][0]["label"] == "Close"


@pytest.mark.parametrize("data", [None, ["actions"], "actions", {"action": 1}, {"actions": []}])
def test_data_without_actions_is_anything(data):
    assert notify("Hello", "a", recipients=[], data=data).data == data


@pytest.mark.parametrize(
    ("actions", "says"),
    [
        (APPROVE, "must be a list of at most 4 actions"),
        ([SEE] * 5, "must be a list of at most 4 actions"),
        (["approve"], "holds 'approve'; an action is"),
        ([{**SEE, "href": "/x/"}], "has an action with 'href'; an action has: label, url"),
        ([{"url": "/x/"}], "has the label None"),
        ([{**SEE, "label": " "}], "has the label ' '"),
        ([{**SEE, "label": "x" * 61}], "a label is a text of 1 to 60 characters"),
        ([{"label": "See"}], "has the url None"),
        ([{**SEE, "url": "javascript:alert(1)"}], "must be a path of this site or an http"),
        ([{**SEE, "method": "PUT"}], "has the method 'PUT'; there are: GET, POST"),
        ([{**SEE, "method": "POST"}], "only a path of this site"),
        ([{**APPROVE, "url": "//evil.example/"}], "must be a path of this site"),
        ([{**APPROVE, "style": "loud"}], "has the style 'loud'; there are: primary, danger"),
    ],
)
def test_malformed_actions_are_refused_with_what_is_right(actions, says):
    with pytest.raises(InvalidNotification, match=says):
        notify("Order 7", "order", recipients=[], data={"actions": actions})

    assert not Event.objects.exists()


def test_an_edit_takes_the_actions_away(alice, send):
    event = send("Order 7", "order", recipients=[alice], data={"actions": [APPROVE]})

    edit(event, message="Order 7 was approved", data=None)

    (item,) = page(alice)["put"]
    assert (item["message"], item["data"]) == ("Order 7 was approved", None)
