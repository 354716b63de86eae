from __future__ import annotations

import uuid

import pytest

from realtime_notify.exceptions import InvalidFilter
from realtime_notify.filters import filter_values
from tests.blog.models import Post

KEY = uuid.uuid4()


@pytest.mark.parametrize(
    ("value", "stored"),
    [("da", "da"), (5, "5"), ("5", "5"), (True, "True"), (KEY, str(KEY)), (Post(pk=7), "7")],
)
def test_values_are_stored_as_they_are(value, stored):
    assert filter_values({"name": value}) == {"name": stored}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("language=da", "must be a dictionary"),
        ({"": "x"}, "1 to 64 characters"),
        ({"x" * 65: "x"}, "1 to 64 characters"),
        ({5: "x"}, "1 to 64 characters"),
        ({"language": None}, "needs a single value"),
        ({"language": ["da", "en"]}, "needs a single value"),
        ({"language": "x" * 300}, "at most 255 characters"),
        ({"language": "a\x00b"}, "NUL character"),
        ({"language": "half \ud83d"}, "half a surrogate pair"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(given, says):
    with pytest.raises(InvalidFilter, match=says):
        filter_values(given)


def test_unknown_names_are_an_error_where_the_names_are_known():
    assert filter_values({"language": "da"}, allowed=["language"]) == {"language": "da"}
    with pytest.raises(InvalidFilter, match="no filter 'langauge'; there are: colour, language"):
        filter_values({"langauge": "da"}, allowed=["language", "colour"])
