"""JSON Schemas made of types."""

from __future__ import annotations

from typing import Any, TypedDict

import pytest

from realtime_notify.schemas.shapes import Shapes
from realtime_notify.wire.vocabulary import ErrorFrame, Frame, Item


class Tree(TypedDict):
    """A tree.

    It grows.
    """

    name: str
    branches: list[Tree]


def test_a_typed_dictionary_becomes_a_schema_by_its_name() -> None:
    shapes = Shapes()

    assert shapes.schema(Tree) == {"$ref": "#/components/schemas/Tree"}
    assert shapes.schemas["Tree"] == {
        "type": "object",
        "description": "A tree.",
        "properties": {
            "name": {"type": "string"},
            "branches": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        },
        "required": ["name", "branches"],
    }


def test_a_field_is_required_if_its_dictionary_says_so() -> None:
    shapes = Shapes()
    shapes.schema(Frame)
    shapes.schema(ErrorFrame)

    assert shapes.schemas["Frame"]["required"] == ["rev"]
    assert shapes.schemas["Problem"]["required"] == ["code", "message", "temporary"]
    assert shapes.schemas["Item"]["required"] == list(shapes.schemas["Item"]["properties"])
    assert {"id", "seq", "message", "data"} <= shapes.schemas["Item"]["properties"].keys()


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (str | None, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (dict[str, bool], {"type": "object", "additionalProperties": {"type": "boolean"}}),
        (Any, {}),
    ],
)
def test_other_types_become_schemas_as_they_are(hint: Any, schema: object) -> None:
    assert Shapes().schema(hint) == schema


def test_a_type_without_a_form_in_json_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"set\[int\] has no JSON Schema. Use a TypedDict"):
        Shapes().schema(set[int])


def test_an_item_is_described_once_however_often_it_is_used() -> None:
    shapes = Shapes()

    assert shapes.schema(Item) == shapes.schema(Item)
    assert list(shapes.schemas) == ["Item", "Thing"]
