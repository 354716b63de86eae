"""What the drivers of the engines cannot do is no secret."""

from __future__ import annotations

from tests.browser.engines.limits import LIMITS
from tests.pages import ROOT, table


def test_the_guide_for_contributors_says_what_only_some_engines_can_be_asked() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text().partition("## Three engines")[2]

    assert table(guide) == [[what, ", ".join(engines)] for what, engines in LIMITS.items()]
