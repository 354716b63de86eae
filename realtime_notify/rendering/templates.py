"""Rendering of events as text and as HTML, in the style of a medium.

A renderer belongs to a style, and to a type or a type group. The most specific renderer is used
for an event: one in the style of the medium before one in the default style, and within a style
that of the type before that of the group (see the setting `RENDERER_ORDER`). Without a renderer,
the settings may name template files by globs of keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q
from django.template import Context, Engine, Template, loader
from django.template.backends.django import Template as DjangoTemplate
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString

from realtime_notify import texts
from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidRenderer, InvalidSetting
from realtime_notify.inbox import items
from realtime_notify.keys import matches
from realtime_notify.models import Event, Medium, NotificationType, Renderer
from realtime_notify.rendering.hints import Hint, ObjectCache, merge

ROLES = ("actor", "action_object", "target")


class Rendered(NamedTuple):
    """A rendered event.

    Attributes:
        text: plain text, unescaped.
        html: HTML, escaped except where the template says otherwise.
    """

    text: str
    html: SafeString


def render(events: Iterable[Event], medium: Medium) -> dict[Event, tuple[str, str]]:
    """Return the text and the HTML of each event, in the style of a medium.

    The template context has `event`, `key`, `message`, `description`, `url`, `level`, `verb`,
    `data`, `created`, `actor`, `action_object` and `target`, the keys of the event's data, and
    the additional context of the medium; later names override earlier ones. A deleted object is
    replaced by the text that the event stored of it.

    Raises:
        InvalidRenderer: an event has neither a renderer nor a template file for this medium.
    """
    page = _Page(events, medium)
    return {event: page.rendered(event) for event in page.events}


def render_known(events: Iterable[Event], medium: Medium) -> dict[Event, Rendered]:
    """Return the text and the HTML of those events that have a renderer or a template file."""
    page = _Page(events, medium)
    return {event: page.rendered(event) for event in page.events if page.knows(event)}


def template_of(templates: Mapping[str, str] | None, key: str) -> str:
    """Return the template of the first glob that matches a key; "" if none does."""
    return next((path for glob, path in (templates or {}).items() if matches(key, glob)), "")


def fill(template: Any, context: dict[str, Any], *, escape: bool) -> str:
    """Render a template, with or without autoescaping.

    Args:
        template: what Django's template loader returns, of any engine, or a `Template`.
        context: the names that the template may use.
        escape: whether the template is HTML. Engines other than Django's decide by themselves.
    """
    if isinstance(template, DjangoTemplate):
        template = template.template
    if isinstance(template, Template):
        return template.render(Context(context, autoescape=escape))
    # Another engine decides about escaping by itself; Jinja2 does so by the file's name.
    return str(template.render(context))


def serialised_context(event: Event, medium: Medium) -> dict[str, Any]:
    """Return the template context of an event as JSON values.

    Objects that hints refer to are dictionaries of their fields, with the related objects that
    the hint fetches as nested dictionaries and lists. The password of a user is never included.
    """
    page = _Page([event], medium)
    shown = _plain(page.data(event), page.hints_of(event))
    return json.loads(json.dumps({**items.shown_fields(event), **shown}, cls=_Encoder))  # type: ignore[no-any-return]


class _Page:
    """Events that are rendered together, with their renderers and objects."""

    def __init__(self, events: Iterable[Event], medium: Medium) -> None:
        self.events = list(events)
        self._medium = medium
        styles = (medium.rendering_style_id, settings.RENDERING_STYLE)
        self._styles = [style for style in dict.fromkeys(styles) if style]
        self._renderers = self._find_renderers({event.type_id for event in self.events})
        self._hints = {
            key: merge(renderer.hints for renderer in renderers)
            for key, renderers in self._renderers.items()
        }
        self._inline: dict[str, Template] = {}
        self._objects = ObjectCache()
        self._objects.fetch((self._given(event), self.hints_of(event)) for event in self.events)
        self._has_objects = False

    def hints_of(self, event: Event) -> dict[str, Hint]:
        """Return the merged hints of all renderers of an event's type."""
        return self._hints[event.type_id]

    def data(self, event: Event) -> dict[str, Any]:
        """Return the event's data and the medium's additional context, with objects for keys."""
        return self._objects.resolve(self._given(event), self.hints_of(event))  # type: ignore[no-any-return]

    def knows(self, event: Event) -> bool:
        """Tell whether an event has a renderer or a template file."""
        return bool(
            self._renderers[event.type_id]
            or template_of(settings.TEXT_TEMPLATES, event.type_id)
            or template_of(settings.HTML_TEMPLATES, event.type_id)
        )

    def rendered(self, event: Event) -> Rendered:
        """Return an event as text and as HTML."""
        text, html = self._templates(event)
        context = self._context(event)
        return Rendered(
            "" if text is None else fill(text, context, escape=False).strip(),
            # Safe: the template has escaped its variables.
            SafeString("" if html is None else fill(html, context, escape=True).strip()),
        )

    def _find_renderers(self, keys: set[str]) -> dict[str, list[Renderer]]:
        """Return the renderers of each type, in the order of precedence."""
        if not keys or not self._styles:
            return {key: [] for key in keys}
        types = NotificationType.objects.filter(pk__in=keys)
        found = Renderer.objects.filter(
            Q(type__in=keys) | Q(type_group__in=types.order_by().values("group")),
            style__in=self._styles,
        )
        known: dict[tuple[str, str, str | None], Renderer] = {
            (renderer.style_id, "type", renderer.type_id)
            if renderer.type_id
            else (renderer.style_id, "group", renderer.type_group_id): renderer
            for renderer in found
        }
        group_of = dict(types.values_list("pk", "group"))
        ranks = [(style, by) for style in self._styles for by in _order()]
        return {
            key: [
                known[where]
                for style, by in ranks
                if (where := (style, by, key if by == "type" else group_of.get(key))) in known
            ]
            for key in keys
        }

    def _templates(self, event: Event) -> tuple[Any, Any]:
        """Return the templates for text and for HTML; None for a missing one."""
        if renderers := self._renderers[event.type_id]:
            first = renderers[0]
            return (
                self._template(first.text_template_path, first.text_template),
                self._template(first.html_template_path, first.html_template),
            )
        text = template_of(settings.TEXT_TEMPLATES, event.type_id)
        html = template_of(settings.HTML_TEMPLATES, event.type_id)
        if not self.knows(event):
            styles = " or ".join(map(repr, self._styles)) or "(the medium has none)"
            raise InvalidRenderer(
                f"There is no renderer of {event.type_id!r} for {self._medium.pk!r} in the style "
                f"{styles}. Create a Renderer in the medium's rendering_style for the type or its "
                "group; or set REALTIME_NOTIFY['RENDERING_STYLE'] to a style that has one, or name "
                "a file in TEXT_TEMPLATES or HTML_TEMPLATES."
            )
        return self._template(text, ""), self._template(html, "")

    def _template(self, path: str, inline: str) -> Any:
        if path:
            return loader.get_template(path)
        if inline and inline not in self._inline:
            self._inline[inline] = Engine.get_default().from_string(inline)
        return self._inline.get(inline)

    def _given(self, event: Event) -> dict[str, Any]:
        data = event.data if isinstance(event.data, dict) else {"data": event.data}
        return {**data, **self._medium.additional_context}

    def _context(self, event: Event) -> dict[str, Any]:
        names = ("url", "level", "data", "created")
        return {
            "event": event,
            "key": event.type_id,
            **{name: event.text_of(name) for name in texts.FIELDS},
            **{name: getattr(event, name) for name in names},
            **{role: self._object(event, role) for role in ROLES},
            **self.data(event),
        }

    def _object(self, event: Event, role: str) -> Any:
        """Return a lazy actor, action object or target, fetched when a template uses it."""
        if getattr(event, f"{role}_type_id") is None:
            return getattr(event, f"{role}_text") or None
        return SimpleLazyObject(partial(self._fetched, event, role))

    def _fetched(self, event: Event, role: str) -> Any:
        if not self._has_objects:
            self._has_objects = True
            wanted: dict[type[Model], set[str]] = {}
            for other in self.events:
                for name in ROLES:
                    if model := _model(other, name):
                        wanted.setdefault(model, set()).add(getattr(other, f"{name}_id"))
            for model, keys in wanted.items():
                self._objects.fetch_keys(model, keys)
        model = _model(event, role)
        found = model and self._objects.get(model, getattr(event, f"{role}_id"))
        return found or getattr(event, f"{role}_text")


def _order() -> tuple[str, ...]:
    order = settings.RENDERER_ORDER
    if sorted(order) != ["group", "type"]:
        raise InvalidSetting(
            f"REALTIME_NOTIFY['RENDERER_ORDER'] must be ('type', 'group') or ('group', 'type'), "
            f"not {order!r}."
        )
    return order


def _model(event: Event, role: str) -> type[Model] | None:
    type_id = getattr(event, f"{role}_type_id")
    return None if type_id is None else ContentType.objects.get_for_id(type_id).model_class()


# Serialised contexts


class _Encoder(DjangoJSONEncoder):
    """Encodes values that have no JSON form as their text."""

    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except TypeError:
            return str(o)


def _plain(data: Any, hints: dict[str, Hint], hint: Hint | None = None) -> Any:
    if isinstance(data, list):
        return [_plain(item, hints, hint) for item in data]
    if isinstance(data, dict):
        return {key: _plain(value, hints, hints.get(key)) for key, value in data.items()}
    if isinstance(data, Model):
        related = (*hint.select_related, *hint.prefetch_related) if hint else ()
        return _fields(data, related, hint.fields if hint else None)
    return data


def _fields(instance: Model, paths: Iterable[str], only: tuple[str, ...] | None) -> dict[str, Any]:
    """Return the fields of an object as a dictionary, with the related objects of the paths."""
    inside: dict[str, list[str]] = {}
    for path in paths:
        name, _, rest = path.partition("__")
        inside.setdefault(name, []).extend([rest] if rest else [])
    shown = {
        field.name: field.value_from_object(instance)
        for field in instance._meta.concrete_fields
        if (only is None or field.name in only)
        and not (field.name == "password" and isinstance(instance, AbstractBaseUser))
    }
    for name, deeper in inside.items():
        related: Any = getattr(instance, name, None)
        if isinstance(related, Model):
            shown[name] = _fields(related, deeper, None)
        elif hasattr(related, "all"):
            shown[name] = [_fields(row, deeper, None) for row in related.all()]
    return shown
