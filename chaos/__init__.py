"""Chaos: a whole town of real processes, broken on purpose, and an auditor who believes nobody.

    python -m chaos --minutes 30 --seed 7

- `plan`: what breaks and when, from the seed alone;
- `town`: the processes and the network between them;
- `faults`: how each thing breaks, and how it is mended;
- `writer`: a process that notifies, and keeps a ledger of what it has;
- `view`, `clients`: people at their screens, written from docs/protocol.md;
- `auditor`: whether screens, database and ledger agree, written from the documents alone;
- `processes`, `holdings`, `leaks`: what processes hold while nothing happens, and their bounds;
- `browsers`, `pages`: the bell in real browsers, and whether it shows what the database has;
- `rehearsal`: rounds of faults, each with an audit after it, and the figures of all of them.
"""

from __future__ import annotations

METRICS_TOKEN = "of-the-town-and-no-secret"
"""What servers ask for whose metrics are wanted."""
