"""JSON Schemas of the typed dictionaries that views and connections answer with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from inspect import getdoc
from types import MappingProxyType, NoneType, UnionType
from typing import (
    Any,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

Schema = dict[str, Any]
Bounds = Mapping[str, Schema]
"""By the name of a typed dictionary: what its schema says besides what its fields' types do."""

_SCALARS: dict[Any, Schema] = {
    Any: {},
    object: {},
    NoneType: {"type": "null"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    datetime: {"type": "string", "format": "date-time"},
}


class Shapes:
    """Collects the schemas of typed dictionaries, each once and under the name of its class.

    `schemas` is what a document holds under ``components``.

    Args:
        bounds: what no type can say, such as the smallest of a number.
    """

    def __init__(self, bounds: Bounds = MappingProxyType({})) -> None:
        self.schemas: dict[str, Schema] = {}
        self._bounds = bounds

    def schema(self, hint: Any) -> Schema:
        """Return the schema of a type: for a typed dictionary, a reference to its schema.

        Raises:
            TypeError: values of the type have no form in JSON that is known here.
        """
        if hint in _SCALARS:
            return dict(_SCALARS[hint])
        if is_typeddict(hint):
            return self._reference(hint)
        origin, arguments = get_origin(hint), get_args(hint)
        if origin in (Required, NotRequired):
            return self.schema(arguments[0])
        if origin in (Union, UnionType):
            return {"anyOf": [self.schema(one) for one in arguments]}
        if origin is list:
            return {"type": "array", "items": self.schema(arguments[0])}
        if origin is dict and arguments[0] is str:
            return {"type": "object", "additionalProperties": self.schema(arguments[1])}
        raise TypeError(
            f"{hint!r} has no JSON Schema. Use a TypedDict, a list, a dict of str, or one of: "
            f"{', '.join(str(getattr(one, '__name__', one)) for one in _SCALARS)}."
        )

    def _reference(self, shape: Any) -> Schema:
        name = shape.__name__
        if name not in self.schemas:
            self.schemas[name] = {}  # before its fields, for a shape may hold its own kind
            self.schemas[name] = self._object(shape)
        return {"$ref": f"#/components/schemas/{name}"}

    def _object(self, shape: Any) -> Schema:
        hints = get_type_hints(shape, include_extras=True)
        # Postponed annotations hide Required and NotRequired from the class itself.
        required = [
            name
            for name, hint in hints.items()
            if get_origin(hint) is Required
            or (name in shape.__required_keys__ and get_origin(hint) is not NotRequired)
        ]
        bounds = self._bounds.get(shape.__name__, {})
        properties = {name: self.schema(hint) for name, hint in hints.items()}
        schema: Schema = {
            "type": "object",
            "description": (getdoc(shape) or "").partition("\n\n")[0].replace("\n", " "),
            **bounds,
            "properties": {**properties, **bounds.get("properties", {})},
        }
        return {**schema, "required": required} if required else schema
