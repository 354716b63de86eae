"""Styles, a medium, a type, and renderers for them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from realtime_notify import notify
from realtime_notify.models import (
    Medium,
    NotificationType,
    Renderer,
    RenderingStyle,
    TypeGroup,
)


def hint(model: str, **more: Any) -> dict[str, Any]:
    app, name = model.split(".")
    return {"app_name": app, "model_name": name, **more}


USER = hint(get_user_model()._meta.label)


@pytest.fixture
def short(db):
    return RenderingStyle.objects.create(name="short")


@pytest.fixture
def long(db):
    return RenderingStyle.objects.create(name="long")


@pytest.fixture
def newsfeed(short):
    return Medium.objects.create(name="newsfeed", rendering_style=short)


@pytest.fixture
def logins(db):
    group = TypeGroup.objects.create(name="accounts")
    return NotificationType.objects.create(key="login", group=group)


def renderer(style, of, text="", html="", **more):
    by = "type_group" if isinstance(of, TypeGroup) else "type"
    return Renderer.objects.create(
        name=f"{style}-{of}",
        style=style,
        text_template=text,
        html_template=html,
        **{by: of},
        **more,
    )


def happen(**data):
    return notify(data.pop("message", "Hello"), "login", data=data, **data.pop("how", {}))
