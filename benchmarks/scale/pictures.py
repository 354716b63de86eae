"""The pictures of `docs/scale.md`: plain SVG that follows the reader's colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil

from benchmarks.scale.crowd import Prices, Process, spread
from benchmarks.scale.scenarios import day, returning_after_failover, returning_after_restart
from benchmarks.scale.town import HOURS, Town, share_at
from realtime_notify.testing.backoff import FIRST_CEILING

WIDTH, HEIGHT = 760, 320
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 44, 40
POINTS = 160
STYLE = """
    .paper { fill: #fbfbfd; stroke: #d9dce5; }
    .grid { stroke: #d9dce5; }
    .text { font: 13px system-ui, sans-serif; fill: #565c6b; }
    .name { font: 600 15px system-ui, sans-serif; fill: #15171c; }
    .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
    .c0 { stroke: #4f46e5; } .c1 { stroke: #b45309; } .c2 { stroke: #047857; }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #15171c; stroke: #2c2f3a; }
      .grid { stroke: #2c2f3a; }
      .text { fill: #b1b7c6; }
      .name { fill: #f0f1f5; }
      .c0 { stroke: #a5a8ff; } .c1 { stroke: #fbbf24; } .c2 { stroke: #6ee7b7; }
    }
"""
DASHES = ("", "7 4", "2 3")
"""So that lines differ without colours too."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    """Lines over one axis."""

    title: str
    lines: dict[str, Points]
    right: float
    """Where the axis at the bottom ends."""
    across: Callable[[float], str]
    """Names a place of the axis at the bottom."""
    up: Callable[[float], str]
    """Names a height."""

    def svg(self) -> str:
        """Return the picture."""
        right, top = (
            self.right,
            _round_up(max(y for points in self.lines.values() for _, y in points)),
        )
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

        def place(x: float, y: float) -> tuple[float, float]:
            return LEFT + wide * x / right, HEIGHT - BOTTOM - high * y / top

        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            'aria-labelledby="title">',
            f'  <title id="title">{escape(self.title)}</title>',
            f"  <style>{STYLE}  </style>",
            f'  <rect class="paper" x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}"/>',
        ]
        for step in range(5):
            _, y = place(0, top * step / 4)
            x, _ = place(right * step / 4, 0)
            parts += [
                f'  <path class="grid" d="M{LEFT} {y:.0f}H{WIDTH - RIGHT}"/>',
                f'  <text class="text" x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">'
                f"{self.up(top * step / 4)}</text>",
                f'  <text class="text" x="{min(x, WIDTH - 34):.0f}" y="{HEIGHT - 16}" '
                f'text-anchor="middle">{self.across(right * step / 4)}</text>',
            ]
        for number, (name, points) in enumerate(self.lines.items()):
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
            dash = f' stroke-dasharray="{DASHES[number]}"' if DASHES[number] else ""
            x = LEFT + number * wide / len(self.lines)
            parts += [
                f'  <polyline class="line c{number}"{dash} points="{path}"/>',
                f'  <path class="line c{number}"{dash} d="M{x:.0f} 24h26"/>',
                f'  <text class="name" x="{x + 34:.0f}" y="29">{escape(name)}</text>',
            ]
        return "\n".join([*parts, "</svg>", ""])


def everything(town: Town) -> dict[str, str]:
    """Return all pictures by the names of their files."""
    return {"scale-day.svg": _day(town).svg(), "scale-crowds.svg": _crowds(town).svg()}


def _day(town: Town) -> Chart:
    loads = day(town)
    return Chart(
        f"A day of {town.connected:,} people: what is used of each part, in percent",
        {
            "people connected": [(hour, share_at(hour)) for hour, _ in loads],
            "a server process": [(hour, load.process) for hour, load in loads],
            "PostgreSQL": [(hour, load.postgresql / town.postgresql_cores) for hour, load in loads],
        },
        HOURS,
        lambda hour: f"{hour:.0f} h",
        lambda share: f"{100 * share:.0f} %",
    )


def _crowds(town: Town) -> Chart:
    away, _ = returning_after_failover(town, silent=False)
    broken = spread(town.each, (0.0, FIRST_CEILING))
    lines = {
        "asked to by a restart": returning_after_restart(town),
        "asked to by a failover": away,
        "their line broke": Process(Prices.of("return")).receive(broken),
    }
    last = max(outcome.after(1.0) for outcome in lines.values())
    return Chart(
        f"{town.each:,.0f} browsers that come back to one process: the share that is greeted",
        {name: _greeted(outcome.greeted) for name, outcome in lines.items()},
        ceil(last / 20) * 20,
        lambda second: f"{second:.0f} s",
        lambda share: f"{100 * share:.0f} %",
    )


def _greeted(moments: Sequence[float]) -> Points:
    step = max(1, len(moments) // POINTS)
    points = [(moments[at], (at + 1) / len(moments)) for at in range(0, len(moments), step)]
    return [(0.0, 0.0), *points, (moments[-1], 1.0)]


def _round_up(value: float) -> float:
    """Return a round number that is not smaller."""
    return next((top for top in (0.2, 0.4, 0.6, 0.8, 1.0) if top >= value), value)
