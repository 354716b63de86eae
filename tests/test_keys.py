from __future__ import annotations

import pytest
from channels.layers import BaseChannelLayer
from hypothesis import given
from hypothesis import strategies as st

from realtime_notify.exceptions import InvalidKey
from realtime_notify.keys import EVERYONE, key_group, matches, user_group, validate_key

VALID = st.from_regex(r"\A[A-Za-z0-9_.:/@+~=-]{1,128}\Z")


@pytest.mark.parametrize(
    "key", ["a", "comment/response", "blog.new:42", "user@example.com", "A_b-c~d=e+f", "x" * 128]
)
def test_a_path_of_ordinary_characters_is_a_key(key):
    assert validate_key(key) == key


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("", "must not be empty"),
        (None, "not None (NoneType)"),
        (5, "not 5 (int)"),
        (b"bytes", "(bytes)"),
        ("with space", "contains ' '"),
        ("line\nbreak", "contains '\\n'"),
        ("ends\n", "contains '\\n'"),
        ("party 🎉", "🎉"),
        ("größe", "contains 'öß'"),
        ("a*", "contains '*'"),
        ("x" * 200, "has 200 characters; the most is 128"),
    ],
)
def test_anything_else_is_refused_by_name(key, says):
    with pytest.raises(InvalidKey) as error:
        validate_key(key)

    assert says in str(error.value)


@given(VALID)
def test_every_key_has_a_group_that_channels_accepts(key):
    assert BaseChannelLayer().require_valid_group_name(key_group(key))
    assert BaseChannelLayer().require_valid_group_name(user_group(key))


@given(VALID, VALID)
def test_two_keys_never_share_a_group(one, other):
    assert (key_group(one) == key_group(other)) == (one == other)


@given(st.text(), st.text())
def test_two_user_ids_never_share_a_group(one, other):
    assert (user_group(one) == user_group(other)) == (one == other)


def test_a_key_and_a_user_of_the_same_name_have_different_groups():
    assert len({key_group("all"), user_group("all"), EVERYONE}) == 3


def test_keys_that_differ_only_in_what_is_escaped_stay_apart():
    assert len({key_group(key) for key in ("a/b", "a_2fb", "a.b", "a:b", "a_b")}) == 5


@pytest.mark.parametrize(
    ("key", "pattern", "expected"),
    [
        ("/path/to/foo", "*", False),
        ("/path/to/foo", "**", True),
        ("/path/to/foo", "/path/*", False),
        ("/path/to/foo", "/path/**", True),
        ("/path/to", "/path/*", True),
        ("/path/to", "/path?to", False),
        ("/path/to", "/path[!abc]to", False),
        ("/pathlalato", "/path[a-z]*to", True),
        ("/path-to", "/path-*", True),
        ("/path-[to", "/path-[*", True),
        ("admin/user/notification", "admin/**", True),
        ("WHATEVER", "*", True),
        ("WHATEVER/BUT/NOT/THIS", "*", False),
        ("admin/user/notification", "admin/**/*", True),
        # One character
        ("a-b", "a?b", True),
        ("ab", "a?b", False),
        ("a-b", "a[!xyz]b", True),
        ("axb", "a[!xyz]b", False),
        ("axb", "a[xyz]b", True),
        ("a-b", "a[+-]b", True),
        ("a]b", "a[]x]b", True),
        ("a^b", "a[^x]b", True),
        ("ayb", "a[^x]b", False),
        ("a\\b", "a[\\w]b", True),
        ("a[b", "a[[]b", True),
        ("a&b", "a[&&]b", True),
        ("a-b", "a[+--]b", True),
        ("a[]b", "a[]b", True),
        ("a[!]b", "a[!]b", True),
        ("ab", "a[z-a]b", False),
        ("ayb", "a[!z-a]b", True),
        # Everything else stands for itself, and the whole key must match
        ("a.b", "a.b", True),
        ("axb", "a.b", False),
        ("comment/response", "comment", False),
        ("comment/response", "response", False),
        ("comment\n", "comment", False),
        ("a\nb", "a**b", True),
        ("a\nb", "a*b", True),
        ("", "", True),
        ("", "**", True),
        ("a", "", False),
    ],
)
def test_a_glob_describes_keys_step_by_step(key, pattern, expected):
    assert matches(key, pattern) is expected


@given(VALID, st.text())
def test_any_text_is_a_glob(key, pattern):
    assert matches(key, pattern) in (True, False)


@given(VALID)
def test_a_key_is_a_glob_that_describes_itself_alone(key):
    assert matches(key, key)
    assert not matches(f"{key}x", key)
