"""The documentation says what the code does."""

from __future__ import annotations

import ast
import os
import re
import shlex
from dataclasses import fields
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class

from demo.middleware import POLICY
from realtime_notify import urls
from realtime_notify.conf import Settings, problems
from tests.pages import PAGES, ROOT, anchors, blocks, links, prose, section, table, words

HOW_TO, SETTINGS = "docs/how-to/", "docs/settings.md"
SEND, BELL, CLIENT, HTTP_API, CSP = (
    f"{HOW_TO}{name}.md" for name in ("send", "bell", "client", "http-api", "csp")
)
RETENTION = "docs/how-to/retention.md"
FRONTEND = ROOT / "frontend/src"
DEFAULTS = {one.name: one.default for one in fields(Settings)}


def source(pattern: str) -> str:
    """Return the text of the frontend's files that match."""
    return "".join(path.read_text() for path in sorted(FRONTEND.glob(pattern)))


# The pages


@pytest.mark.parametrize("name", PAGES)
def test_every_relative_link_and_image_leads_somewhere(name: str) -> None:
    here = (ROOT / name).parent
    for link in links(name):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (here / path).resolve() if path else ROOT / name
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(str(target.relative_to(ROOT))), link


def test_the_readme_is_short() -> None:
    assert len(PAGES["README.md"].splitlines()) < 150


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, ahead = {"README.md"}, ["README.md"]
    while ahead:
        page = ahead.pop()
        here = (ROOT / page).parent
        found = {
            os.path.relpath((here / link.partition("#")[0]).resolve(), ROOT) for link in links(page)
        }
        new = (found & PAGES.keys()) - reached
        reached |= new
        ahead += new

    assert PAGES.keys() == reached


def test_images_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs/images").iterdir()}

    assert max(sizes.values()) < 100_000, sizes


def test_every_python_block_is_python() -> None:
    for block in blocks("python"):
        ast.parse(block.text, block.page)


def test_every_python_block_of_the_how_to_is_run() -> None:
    guides = [block for block in blocks("python") if block.page.startswith(HOW_TO)]

    assert guides
    assert [block.text for block in guides if block.label is None] == []


# Settings and checks


def test_the_page_of_settings_is_in_step_with_the_settings() -> None:
    ours = PAGES[SETTINGS].partition("\n## Django's own")[0]
    expected = [
        f"| `{one.name}` | `{one.default!r}` | {one.metadata['doc']} |" for one in fields(Settings)
    ]

    assert [line for line in ours.splitlines() if line.startswith("| `")] == expected


def test_the_example_of_a_setting_is_right() -> None:
    namespace: dict[str, Any] = {}
    exec(blocks("python", SETTINGS)[0].text, namespace)

    assert problems(namespace["REALTIME_NOTIFY"]) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_default_that_is_mentioned_is_the_default(name: str) -> None:
    for setting, said in re.findall(r"`([A-Z_]+)` \(([\d.]+)", PAGES[name]):
        assert float(said) == DEFAULTS[setting], setting


def test_every_system_check_is_documented() -> None:
    files = (ROOT / "realtime_notify").rglob("checks.py")
    checks = "".join(path.read_text() for path in files)
    rows = table(section(SETTINGS, "## System checks"))

    assert sorted(word for row in rows for word in words(row[0])) == sorted(
        re.findall(r'id="(realtime_notify\.\w+)"', checks)
    )


# Commands


def test_every_command_that_is_named_exists() -> None:
    demo = {path.stem for path in (ROOT / "demo/management/commands").glob("*.py")}
    known = {*get_commands(), *demo}
    for page, text in PAGES.items():
        for name in re.findall(r"manage\.py (\w+)", text):
            assert name in known, f"{page}: {name}"


def test_every_verb_of_make_that_is_named_exists() -> None:
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page, text in PAGES.items():
        for verb in re.findall(r"(?:^|`)make (\w+)", text, re.MULTILINE):
            assert verb in verbs, f"{page}: {verb}"


def test_the_commands_that_are_shown_take_their_options() -> None:
    shown = 0
    for block in blocks("sh"):
        for line in block.text.splitlines():
            if found := re.match(r"python manage\.py (notify\w*)(.*)", line):
                command = load_command_class("realtime_notify", found[1])
                command.create_parser("manage.py", found[1]).parse_args(shlex.split(found[2]))
                shown += 1
    assert shown > 1


@pytest.mark.parametrize(
    ("where", "heading", "name"),
    [
        (SEND, "## From a shell", "notify"),
        ("docs/operations.md", "## The worker", "notify_worker"),
        (RETENTION, "## Old notifications and events", "notify_prune"),
        (RETENTION, "## One person's data", "notify_forget"),
    ],
)
def test_every_option_of_a_command_is_documented(where: str, heading: str, name: str) -> None:
    parser = load_command_class("realtime_notify", name).create_parser("manage.py", name)
    of_django = load_command_class("django.core", "loaddata").create_parser("manage.py", "x")

    documented = {
        word.split()[0] for row in table(section(where, heading)) for word in words(row[0])
    }

    assert documented == {
        option
        for option in parser._option_string_actions
        if option.startswith("--") and option not in of_django._option_string_actions
    }


# HTTP


def test_every_address_of_the_api_is_documented_with_its_method() -> None:
    rows = table(section(HTTP_API, "## Endpoints"))
    ours = {
        (method, str(pattern.pattern))
        for pattern in urls.urlpatterns
        if str(pattern.pattern).startswith("api/")
        for method in getattr(pattern.callback, "methods", ())
    }

    assert {(row[0], word) for row in rows for word in words(row[1])} == ours


def test_the_policy_is_that_of_the_demo() -> None:
    (shown,) = [block.text for block in blocks("text", CSP)]

    assert re.split(r";\s+", shown.strip()) == POLICY.split("; ")


# The bell


def test_the_attributes_of_the_bell_are_documented() -> None:
    element = source("bell/notify-bell-element.ts")
    observed = re.search(r"observedAttributes = \[([^]]+)\]", element)
    assert observed
    named = set(re.findall(r"@attr (?:\{[^}]*\} )?([\w-]+)", element))
    attributes = {name for name in named if not name.startswith("data-")}

    documented = {word for row in table(section(BELL, "## Attributes")) for word in words(row[0])}

    assert documented == attributes | set(re.findall(r'"([\w-]+)"', observed[1]))


def test_the_custom_properties_of_the_bell_are_documented() -> None:
    rows = table(section(BELL, "## Colours and sizes"))

    assert {word for row in rows for word in words(row[0])} == set(
        re.findall(r"--notify-[\w-]+", source("*/*.css"))
    )


def test_the_parts_that_are_documented_are_there() -> None:
    made = set(re.findall(r'\bh\(\s*"\w+",\s*"([\w-]+)"', source("*/*.ts")))
    made |= set(re.findall(r'\bbutton\(\s*"([\w-]+)"', source("*/*.ts"))) | {"item-unread"}
    (sentence,) = re.findall(r"^Parts, for `::part\(\)`: (.+?\.)$", prose(BELL), re.M | re.S)

    assert set(words(sentence)) <= made


def test_the_events_of_the_bell_are_documented() -> None:
    rows = table(section(BELL, "## Events"))
    interface = (
        source("view/bell-events.ts").partition("interface BellEvents")[2].partition("\n}")[0]
    )

    assert {word for row in rows for word in words(row[0])} == set(
        re.findall(r'"(notify-[\w-]+)"', interface)
    )


def test_the_methods_of_the_client_are_there() -> None:
    client = source("client/*.ts")
    rows = table(section(CLIENT, "## Methods and events"))
    methods = [word for row in rows for word in words(row[0]) if "(" in word]

    assert len(methods) > 5
    for method in methods:
        assert re.search(rf"^  (async )?{method.partition('(')[0]}\(", client, re.M), method
