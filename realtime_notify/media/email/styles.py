"""Styles: moved from the style element into the elements, for mail programs that ignore it.

Media queries, such as those for dark colours, cannot move and stay in the style element. Without
css-inline (`pip install 'realtime-notify[mail]'`) all styles stay there. Most mail programs read
them, but not all: Gmail drops them from a mail that it clips or forwards.
"""

from __future__ import annotations

from functools import cache
from typing import Any


def inlined(html: str) -> str:
    """Return an HTML document with its styles in `style` attributes."""
    inliner = _inliner()
    return str(inliner.inline(html)) if inliner else html


def inlined_part(html: str, css: str) -> str:
    """Return a part of a document with styles in `style` attributes.

    Args:
        html: the part.
        css: the styles, which the document has as well.
    """
    inliner = _inliner()
    return str(inliner.inline_fragment(html, css)) if inliner else html


@cache
def _inliner() -> Any:
    """Return the inliner, which is costly to make; None if css-inline is not installed."""
    try:
        from css_inline import CSSInliner
    except ImportError:
        return None
    return CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)
