"""docs/how-to/media.md: the type is declared, sent and explained as it says."""

from __future__ import annotations

import re

import pytest

from realtime_notify.audience.reasons import Reason
from realtime_notify.models import Event, NotificationType
from tests.docs.conftest import Names
from tests.pages import ROOT, labelled

PAGE = ROOT / "docs" / "how-to" / "media.md"


@pytest.mark.django_db
@pytest.mark.usefixtures("declaring")
def test_the_type_is_declared_and_sent(alice):
    names: Names = {"alice": alice, "__name__": __name__}
    exec(labelled("media-of-a-type"), names)

    row = NotificationType.objects.get()
    assert (row.media, row.delay, row.required, row.critical) == (["inbox", "email"], 0, True, True)
    assert Event.objects.get().audience == {"to": [alice.pk]}


def test_the_command_prints_what_the_rules_say():
    printed = re.search(r"\$ python manage.py notify_why.*?```", PAGE.read_text(), re.DOTALL)

    assert printed
    assert str(Reason.OPTED_OUT.label) in printed[0]
