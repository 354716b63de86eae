"""Renderers and styles: which rows there may be."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from realtime_notify.models import (
    NotificationType,
    Renderer,
    RenderingStyle,
    TypeGroup,
)
from tests.rendering.conftest import renderer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("both", [True, False])
def test_a_renderer_is_for_a_type_or_for_a_group(short, logins, both):
    of = {"type": logins, "type_group": logins.group} if both else {}
    with pytest.raises(ValidationError, match="for a type or for a type group"):
        Renderer(name="x", style=short, **of).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        Renderer.objects.create(name="x", style=short, **of)


def test_a_type_has_one_renderer_per_style(short, long, logins):
    for style in (short, long):
        renderer(style, logins)
        renderer(style, logins.group)
    with pytest.raises(IntegrityError), transaction.atomic():
        Renderer.objects.create(name="x", style=short, type=logins)
    with pytest.raises(IntegrityError), transaction.atomic():
        Renderer.objects.create(name="x", style=short, type_group=logins.group)


def test_deleting_a_type_or_a_group_deletes_its_renderers() -> None:
    style = RenderingStyle.objects.create(name="short")
    kind, group = NotificationType.objects.for_key("a"), TypeGroup.objects.create(name="blog")
    Renderer.objects.create(name="by type", style=style, type=kind)
    Renderer.objects.create(name="by group", style=style, type_group=group)

    kind.delete()
    group.delete()

    assert not Renderer.objects.exists()
