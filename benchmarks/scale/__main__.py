"""Calculate an installation with a million connected people, and print its tables.

    python -m benchmarks.scale [--people 1000000] [--processes 40] [--save]

With --save, the tables of docs/scale.md and its pictures are written anew.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
from pathlib import Path

from benchmarks.scale import pictures, tables
from benchmarks.scale.town import Town

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs/scale.md"
IMAGES = ROOT / "docs/images"
_BLOCK = re.compile(r"(?<=<!-- table: )(?P<name>[\w ]+) -->\n.*?(?=<!-- end -->)", re.DOTALL)


def main(arguments: list[str]) -> int:
    """Print the tables, and save them if asked to."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.scale",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--people", type=int, default=Town.connected)
    parser.add_argument("--processes", type=int, default=Town.processes)
    parser.add_argument("--shards", type=int, default=Town.shards)
    parser.add_argument("--save", action="store_true", help="write docs/scale.md and its pictures")
    options = parser.parse_args(arguments)
    logging.getLogger("realtime_notify").setLevel(logging.CRITICAL)  # of crowds on paper
    town = Town(options.people, options.processes, options.shards)
    found = tables.everything(town)
    print("\n\n".join(f"{name}\n\n{table}" for name, table in found.items()))
    if options.save:
        PAGE.write_text(page(PAGE.read_text(), found))
        for name, picture in pictures.everything(town).items():
            (IMAGES / name).write_text(picture)
    return 0


def page(text: str, found: dict[str, str]) -> str:
    """Return the page with these tables in the place of its own."""
    return _BLOCK.sub(lambda block: f"{block['name']} -->\n\n{found[block['name']]}\n\n", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
