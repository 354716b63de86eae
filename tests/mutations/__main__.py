"""`make mutations`: break each rule, and say what notices.

python -m tests.mutations --seeds 300 --only "no gap check"
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from tests.mutations.catalogue import Mutation, mutations
from tests.mutations.checkout import copied

HEADER = ["| rule | broken in | what happens | noticed by | simulator |", "|---|---|---|---|---|"]


class Outcome(NamedTuple):
    """What noticed a mutation.

    Attributes:
        test: the first test that failed; None if none did.
        seed: the first seed of the simulator that failed; None if none did.
    """

    mutation: Mutation
    test: str | None
    seed: str | None

    @property
    def survived(self) -> bool:
        """Whether nothing has noticed."""
        return self.test is None and self.seed is None

    def row(self) -> str:
        """Return the line of the table."""
        mutation = self.mutation
        test = f"`{self.test}`" if self.test else "**nothing**"
        seed = self.seed or ("nothing" if mutation.is_simulated else "")
        return f"| {mutation.rule} | `{mutation.file}` | {mutation.breaks} | {test} | {seed} |"


def outcome(mutation: Mutation, seeds: int) -> Outcome:
    """Break a rule in a copy of the checkout, and see what notices."""
    with copied() as checkout:
        mutation.apply(checkout.root)
        test = checkout.failed_test(mutation.tests, mutation.services)
        seed = checkout.diverging_seed(seeds) if mutation.is_simulated and seeds else None
    return Outcome(mutation, test, seed)


def failures_without(chosen: Sequence[Mutation], seeds: int) -> Iterator[str]:
    """Yield what fails though nothing is broken: it could notice nothing."""
    with copied() as checkout:
        for tests, services in dict.fromkeys((one.tests, one.services) for one in chosen):
            if failed := checkout.failed_test(tests, services):
                yield f"{failed} of {' '.join(tests)}"
        if seeds and (failed := checkout.diverging_seed(seeds)):
            yield f"{failed} of the simulator"


def main(arguments: list[str]) -> int:
    """Break the rules; return 1 if something survived, or if something fails anyway."""
    parser = argparse.ArgumentParser(
        prog="tests.mutations",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seeds", type=int, default=300, help="of the simulator, for each")
    parser.add_argument("--only", default="", help="rules whose name has this text in it")
    parser.add_argument("--jobs", type=int, default=2, help="mutations at a time")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    chosen = [mutation for mutation in mutations() if options.only in mutation.rule]
    failures = list(failures_without(chosen, options.seeds))
    for failure in failures:
        print(f"Fails though nothing is broken: {failure}", flush=True)
    print("\n".join(HEADER), flush=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = []
        for each in pool.map(lambda mutation: outcome(mutation, options.seeds), chosen):
            outcomes.append(each)
            print(each.row(), flush=True)
    survived = sum(each.survived for each in outcomes)
    seconds = time.monotonic() - began
    print(f"\n{len(outcomes)} mutations, {survived} survived, in {seconds:.0f} s.")
    return int(bool(survived or failures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
