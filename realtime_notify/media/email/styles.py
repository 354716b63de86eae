"""Styles: moved from the style element into the elements, for mail programs that ignore it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache


def inlined(html: str) -> str:
    """Return an HTML document with its styles in `style` attributes.

    Media queries, such as those for dark colours, cannot move and stay in the style element.
    Without css-inline (`pip install 'realtime-notify[mail]'`) all styles stay there. Most mail
    programs read them, but not all: Gmail drops them from a mail that it clips or forwards.
    """
    inline = _inliner()
    return inline(html) if inline else html


@cache
def _inliner() -> Callable[[str], str] | None:
    try:
        from css_inline import CSSInliner
    except ImportError:
        return None
    inliner = CSSInliner(
        keep_at_rules=True,
        remove_inlined_selectors=True,
        minify_css=True,
        load_remote_stylesheets=False,
    )
    return inliner.inline
