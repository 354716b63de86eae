"""Mails in the admin: a preview of every event, a test to oneself, and addresses that rest."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse

from realtime_notify import notify
from realtime_notify.models import Event, RestedAddress
from tests.admin.pages import list_url

SITE = {"MEDIA": ["email"], "BASE_URL": "https://example.com", "SITE_NAME": "Example"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site() -> Any:
    with override_settings(REALTIME_NOTIFY=SITE):
        yield


@pytest.fixture
def event(superuser: Client) -> Event:
    """An event, and an address of who looks at it."""
    get_user_model().objects.filter(username="root").update(email="root@example.com")
    notify("The first", "kitchen/kettle")
    return notify("<b>The kettle</b> is on", "kitchen/kettle", level="warning")


def preview(event: Event) -> str:
    return reverse("admin:realtime_notify_event_mail", args=[event.pk])


def test_an_event_is_shown_as_a_mail(superuser: Client, event: Event) -> None:
    page = superuser.get(preview(event))

    shown = page.content.decode()
    assert "&lt;b&gt;The kettle&lt;/b&gt; is on" in shown
    assert "<b>The kettle</b>" not in shown
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in shown
    assert f'src="{preview(event)}html/?language=en" sandbox' in shown
    assert '<option value="en" selected>' in shown


def test_the_page_of_an_event_leads_to_its_preview(superuser: Client, event: Event) -> None:
    page = superuser.get(f"{list_url('event')}{event.pk}/change/")

    assert preview(event) in page.content.decode()


def test_the_frame_of_the_preview_can_do_nothing(superuser: Client, event: Event) -> None:
    page = superuser.get(f"{preview(event)}html/?language=de")

    assert "Warnung" in page.content.decode()
    assert "sandbox" in page["Content-Security-Policy"]
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "SAMEORIGIN"


def test_a_digest_is_shown_too(superuser: Client, event: Event) -> None:
    page = superuser.get(f"{preview(event)}?digest=1&language=de")

    assert "Example: 2 neue Benachrichtigungen" in page.content.decode()
    html = superuser.get(f"{preview(event)}html/?digest=1&language=de").content.decode()
    assert "The first" in html


def test_a_test_goes_to_who_looks_at_it(superuser: Client, event: Event) -> None:
    for _ in range(2):
        answer = superuser.post(preview(event), {"language": "de"}, follow=True)

    assert "root@example.com" in answer.content.decode()
    first, second = mail.outbox
    assert first.to == ["root@example.com"]
    assert "Warnung" in first.body
    assert first.extra_headers["Message-ID"] != second.extra_headers["Message-ID"]


def test_what_the_server_said_of_a_test_is_shown(superuser: Client, event: Event) -> None:
    with override_settings(REALTIME_NOTIFY={**SITE, "EMAIL_BACKEND": f"{__name__}.Down"}):
        answer = superuser.post(preview(event), follow=True)

    assert "the server is on fire" in answer.content.decode()


def Down(*args: Any, **kwargs: Any) -> Any:  # noqa: N802
    """A backend that cannot even be made."""
    raise OSError("the server is on fire")


def test_somebody_without_an_address_sees_the_preview(superuser: Client, event: Event) -> None:
    get_user_model().objects.filter(username="root").update(email="")

    assert superuser.get(preview(event)).status_code == 200
    answer = superuser.post(preview(event), follow=True)
    assert "There is no e-mail address" in answer.content.decode()


def test_a_preview_needs_permission_to_see_events(client: Client, event: Event, bob: Any) -> None:
    bob.is_staff = True
    bob.save()
    client.force_login(bob)

    for url in (preview(event), f"{preview(event)}html/"):
        assert client.get(url).status_code == 403
        assert client.post(url).status_code == 403
    assert mail.outbox == []


def test_an_event_that_is_gone_has_no_preview(superuser: Client) -> None:
    assert superuser.get(reverse("admin:realtime_notify_event_mail", args=[99])).status_code == 404


def test_a_rested_address_is_found_and_lifted(superuser: Client) -> None:
    RestedAddress.objects.create(pk="ann@example.com", reason="complained")
    RestedAddress.objects.create(pk="bob@example.com", reason="complained")

    found = superuser.get(f"{list_url('restedaddress')}?q=Ann@").content.decode()
    assert "ann@example.com" in found
    assert "bob@example.com" not in found
    superuser.post(
        list_url("restedaddress"),
        {"action": "delete_selected", "_selected_action": ["ann@example.com"], "post": "yes"},
    )

    assert list(RestedAddress.objects.values_list("pk", flat=True)) == ["bob@example.com"]


def test_an_address_is_rested_by_hand(superuser: Client) -> None:
    superuser.post(
        f"{list_url('restedaddress')}add/",
        {"address": "Ann@Example.com", "reason": "asked", "bounces": 0},
    )

    assert RestedAddress.objects.get().pk == "ann@example.com"
