"""The addresses of a project that forgot to include ours."""

from __future__ import annotations

urlpatterns: list[object] = []
