"""Rendering templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory


@pytest.fixture
def render(rf: RequestFactory) -> Callable[..., str]:
    """Render a template for somebody's request."""

    def make(source: str, user: Any = None, **attributes: Any) -> str:
        request = rf.get("/")
        request.user = user or AnonymousUser()
        for name, value in attributes.items():
            setattr(request, name, value)
        context = Context({"request": request})
        return Template("{% load realtime_notify %}" + source).render(context)

    return make
