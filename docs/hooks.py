"""How the site is built from the same files that a forge shows.

Links are relative to the file they stand in, as a forge wants them. Here they are turned to where
that file is in the site: the README is its front page, other Markdown files become pages, and
anything else becomes a page of code. Docstrings are turned from the docstrings' own notation into
Markdown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from griffe import Extension, Object
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/results.md": "benchmarks.md",
    "benchmarks/delivery_results.md": "delivery-benchmarks.md",
    "benchmarks/memory_results.md": "memory-benchmarks.md",
    "benchmarks/crowd_results.md": "crowd-benchmarks.md",
    "deploy/README.md": "deploy.md",
}
"""Files outside docs/ that are pages of the site, with what they are called there."""

_LINK = re.compile(r"(?P<before>\]\(|src=\")(?P<path>(?!\w+:)[^)#\s\"]+)")
_FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_PIPE = re.compile(r"`[^`\n]*\\\|[^`\n]*`")
# "before, after: text" in a list of arguments or errors documents both.
_LISTS = re.compile(r"^(?:Args|Raises):\n(?:(?: .*)?(?:\n|\Z))*", re.MULTILINE)
_SEVERAL = re.compile(
    r"^(?P<indent> +)(?P<names>\w+(?:, \w+)+):(?P<text>.*(?:\n(?P=indent) .*)*)", re.MULTILINE
)


class MarkdownDocstrings(Extension):
    """Makes Markdown of docstrings, and an entry each of what is documented together."""

    def on_object(self, *, obj: Object, **kwargs: Any) -> None:
        """Rewrite the docstring of a module, class, function or attribute."""
        if obj.docstring:
            text = re.sub("::$", ":", obj.docstring.value, flags=re.MULTILINE)
            obj.docstring.value = _LISTS.sub(lambda found: _separate(found[0]), text)


def _separate(entries: str) -> str:
    """Give each name an entry of its own."""
    return _SEVERAL.sub(
        lambda found: "\n".join(
            f"{found['indent']}{name}:{found['text']}" for name in found["names"].split(", ")
        ),
        entries,
    )


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages outside docs/, and the files that any page links to."""
    for name, uri in PAGES.items():
        files.append(File.generated(config, uri, content=(ROOT / name).read_text()))
    for page in list(files.documentation_pages()):
        for name in _linked(page.src_uri, page.content_string):
            uri = _uri(name)
            if name not in PAGES and not name.startswith("docs/") and uri not in files.src_uris:
                files.append(_shown(name, uri, config))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn the links of a page to where the files are in the site."""
    here = page.file.src_uri

    def turn(found: re.Match[str]) -> str:
        name = _resolve(here, found["path"])
        target = os.path.relpath(_uri(name), os.path.dirname(here) or ".")
        return f"{found['before']}{target}"

    pieces = _FENCE.split(markdown)
    pieces[::2] = [_unescape(_LINK.sub(turn, prose)) for prose in pieces[::2]]
    return "".join(pieces)


def _unescape(prose: str) -> str:
    """Take the backslash from pipes in code, which only a forge needs inside a table."""
    return _PIPE.sub(lambda found: found[0].replace("\\|", "|"), prose)


def _linked(uri: str, markdown: str) -> Iterator[str]:
    """Yield the files of the repository that a page links to."""
    for prose in _FENCE.split(markdown)[::2]:
        for found in _LINK.finditer(prose):
            yield _resolve(uri, found["path"])


def _resolve(uri: str, link: str) -> str:
    """Return the repository's name of what a page of the site links to."""
    homes = {site: name for name, site in PAGES.items()}
    home = homes.get(uri, f"docs/{uri}")
    return os.path.normpath(os.path.join(os.path.dirname(home), link))


def _uri(name: str) -> str:
    """Return where a file of the repository is in the site."""
    if name in PAGES:
        return PAGES[name]
    if name.startswith("docs/"):
        return name.removeprefix("docs/")
    return f"files/{name}" if name.endswith(".md") else f"files/{name}.md"


def _shown(name: str, uri: str, config: MkDocsConfig) -> File:
    """Make a page of a file: as it is, or as code."""
    text = (ROOT / name).read_text()
    if not name.endswith(".md"):
        language = Path(name).suffix.lstrip(".")
        text = f"# {name}\n\n````{language}\n{text.rstrip()}\n````\n"
    file = File.generated(config, uri, content=text)
    file.inclusion = file.inclusion.NOT_IN_NAV
    return file
