"""docs/how-to/media.md: the type is declared, sent and explained as it says."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from django.db.models import F

from realtime_notify import notify
from realtime_notify.audience.addressing import json_id
from realtime_notify.audience.reasons import Reason
from realtime_notify.models import Event, NotificationType
from realtime_notify.outbox import Item, Message, Reader, Refused
from tests.blog.models import Company, Employment
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
    assert Event.objects.get().audience == {"to": [json_id(alice.pk)]}


def test_the_command_prints_what_the_rules_say():
    printed = re.search(r"\$ python manage.py notify_why.*?```", PAGE.read_text(), re.DOTALL)

    assert printed
    assert str(Reason.OPTED_OUT.label) in printed[0]


def test_a_medium_of_ones_own_reaches_those_it_can(example, alice, bob):
    acme = Company.objects.create(name="Acme")
    Employment.objects.create(company=acme, user=alice, title="+4512345678")
    phones = SimpleNamespace(objects=Employment.objects.annotate(number=F("title")))
    taken = []
    gateway = SimpleNamespace(send=lambda *said: taken.append(said) or "sms 1")
    sms = example("own-medium", Phone=phones, gateway=gateway).Sms()
    items = [Item(notify(text, "kitchen/kettle")) for text in ("Tea", "Cake")]

    def message_to(user):
        return Message(1, "sms", items, Reader("en", "UTC", ""), user=user)

    assert set(sms.reachable([alice.pk, bob.pk])) == {alice.pk}
    assert sms.send(message_to(alice)) == "sms 1"
    assert taken == [("+4512345678", "Tea, Cake")]
    with pytest.raises(Refused):
        sms.send(message_to(bob))
