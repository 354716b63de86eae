"""`make bench`: every measurement, one after the other."""

from __future__ import annotations

import sys

from benchmarks import fanout

if __name__ == "__main__":
    sys.exit(fanout.main(sys.argv[1:]))
