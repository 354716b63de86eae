"""Reading the documentation: its pages, blocks, tables and links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in [
        *(ROOT / name for name in ("README.md", "CHANGELOG.md", "deploy/README.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
    ]
}

_FENCE = re.compile(
    r"(?:^<!-- test: (?P<label>[\w-]+) -->\n)?^```(?P<language>\S*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block; `label` is that of the comment before it, `<!-- test: label -->`."""

    page: str
    language: str
    label: str | None
    text: str


def blocks(language: str, page: str | None = None) -> list[Block]:
    """Return the fenced blocks of a language, on one page or on all."""
    return [
        Block(name, found["language"], found["label"], found["text"])
        for name, text in PAGES.items()
        for found in _FENCE.finditer(text)
        if found["language"] == language and page in (None, name)
    ]


def labelled(label: str) -> str:
    """Return the text of the block with this label."""
    (text,) = (
        found["text"]
        for page in PAGES.values()
        for found in _FENCE.finditer(page)
        if found["label"] == label
    )
    return text


def prose(page: str) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", PAGES[page])


def section(page: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one of its rank or higher."""
    rank, _, _ = heading.partition(" ")
    text = prose(page).partition(f"\n{heading}\n")[2]
    assert text, f"{page} has no heading {heading!r}"
    return re.split(rf"^#{{1,{len(rank)}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]


def table(text: str) -> list[list[str]]:
    """Return the rows of the first table in a text, without its head."""
    rows = []
    for line in text.partition("|---")[2].splitlines()[1:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


def words(text: str) -> list[str]:
    """Return what stands in backticks."""
    return _CODE.findall(text)


def links(page: str) -> list[str]:
    """Return the addresses of a page's links and images."""
    text = prose(page)
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)


def anchors(page: str) -> set[str]:
    """Return the anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}
