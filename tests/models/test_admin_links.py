"""Links to the admin's pages of a notification's objects."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType

from realtime_notify import notify
from realtime_notify.models import Notification
from realtime_notify.models.admin_links import admin_link
from tests.blog.models import Document

pytestmark = pytest.mark.django_db


def test_a_notification_links_to_its_objects_in_the_admin(
    alice: Any, deliver_notifications: Any
) -> None:
    document = Document.objects.create(title="Soup")
    cooks = Group.objects.create(name="cooks")
    objects: dict[str, Any] = {"actor": cooks, "action_object": cooks, "target_object": document}
    with_objects = notify("Hello", "a", recipients=[alice], verb="wrote", **objects)
    without = notify("Bye", "a", recipients=[alice])
    deliver_notifications()
    row = Notification.objects.get(event=with_objects)
    bare = Notification.objects.get(event=without)

    link = f'<a href="/admin/auth/group/{cooks.pk}/change/">{cooks.pk}</a>'
    assert row.actor_object_url() == row.action_object_url() == link
    assert row.target_object_url() == str(document.pk)  # the admin does not know documents
    assert bare.actor_object_url() == bare.action_object_url() == bare.target_object_url() == ""


def test_a_link_to_the_admin_is_escaped() -> None:
    groups = ContentType.objects.get_for_model(Group)

    assert admin_link(groups.pk, '"<b>') == (
        '<a href="/admin/auth/group/_22_3Cb_3E/change/">&quot;&lt;b&gt;</a>'
    )
