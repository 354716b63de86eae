"""Write specimens of whole lives of browsers: python -m tests.record_specimens

What happens is chosen by chance from a fixed seed, in the world of the convergence tests, on a
database made for it. The specimens hold the Python and the TypeScript reading of the protocol to
each other; they are recorded anew only when the protocol changes.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import django

from realtime_notify.testing.conformance import specimens

if TYPE_CHECKING:
    from tests.world import Browser, World

SPECIMENS = Path(specimens.__file__).parent
VERBS = ["read", "read", "unread", "archive", "unarchive", "delete"]
SEEDS = range(1, 7)
STEPS = 300


def live(world: World, chance: random.Random) -> None:
    """Let a random thing happen."""
    who = chance.randrange(len(world.users))
    pushed = chance.random() < 0.8
    browser = chance.choice(world.browsers)
    what = chance.random()
    if what < 0.2:
        message = f"Message {chance.randrange(8)}"
        world.notify([who], message, pushed=pushed, kept=chance.random() < 0.9)
    elif what < 0.25:
        world.act(who, chance.choice(VERBS), {"upto": chance.randrange(30)}, pushed=pushed)
    elif what < 0.35 and browser.store.items:
        ids = [chance.choice(list(browser.store.items))]
        world.act(
            world.users.index(browser.user), chance.choice(VERBS), {"ids": ids}, pushed=pushed
        )
    elif what < 0.38:
        world.act(who, "seen", {"upto": chance.randrange(30)}, pushed=pushed)
    elif what < 0.4:
        browser.connect()
    elif what < 0.43:
        world.heal(browser)
    elif what < 0.5:
        browser.scroll()
    else:
        arrive(browser, chance)


def arrive(browser: Browser, chance: random.Random) -> None:
    """Let something under way arrive: mostly the oldest, now and then another, or twice."""
    if browser.under_way:
        place = 0 if chance.random() < 0.7 else chance.randrange(len(browser.under_way))
        frame = browser.under_way[place]
        if chance.random() < 0.9:
            del browser.under_way[place]
        browser.take(frame)


def record(seed: int) -> None:
    """Record the life of one browser."""
    from django.contrib.auth import get_user_model

    from tests.world import World

    chance = random.Random(seed)
    model = get_user_model()
    model.objects.all().delete()
    world = World([model.objects.create(username=name) for name in ("ann", "ben")], 1)
    for _ in range(STEPS):
        live(world, chance)
    world.settle()
    world.assert_converged()
    browser = max(world.browsers, key=lambda one: len(one.taken))
    specimen = {
        "name": f"A browser's life with losses, repeats and delays, number {seed}",
        "steps": browser.taken,
        "view": browser.store.snapshot(),
    }
    text = json.dumps(specimen, ensure_ascii=False, indent=None, separators=(", ", ": "))
    text = text.replace('}, {"frame": ', '},\n    {"frame": ').replace(
        '}, {"page": ', '},\n    {"page": '
    )
    (SPECIMENS / f"recorded_{seed}.json").write_text(text + "\n")


def main() -> None:
    """Record all specimens on a database of their own."""
    with tempfile.TemporaryDirectory() as directory:
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        os.environ["DATABASE_URL"] = f"sqlite:///{directory}/specimens.sqlite3"
        django.setup()
        from django.core.management import call_command
        from django.test.utils import override_settings

        call_command("migrate", verbosity=0)
        with override_settings(REALTIME_NOTIFY={"PAGE_SIZE": 3, "SYNC_LIMIT": 4}):
            for seed in SEEDS:
                record(seed)


if __name__ == "__main__":
    main()
