"""The same proofs with a bug put in: each must be found, by a judge or by what the cashier was told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.proofs.days import DAYS, single_cuts, survive
from tests.proofs.lines import plans, survive_line
from tests.proofs.mutants import MUTANTS
from tests.proofs.shop import Different, NotRight

SEARCHED = ("sale, chip", "reversal before a sale")


def attempts(different: Different) -> Iterator[Callable[[], object]]:
    """The proofs, cheapest first."""
    for plan in plans():
        if len(plan) < 2:
            yield partial(survive_line, plan, different)
    for name in SEARCHED:
        for cut in single_cuts(DAYS[name], different):
            yield partial(survive, DAYS[name], (cut,), different)
    for plan in plans():
        if len(plan) == 2:
            yield partial(survive_line, plan, different)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_seeded_bug_is_found(name: str) -> None:
    for attempt in attempts(MUTANTS[name]):
        try:
            attempt()
        except NotRight:
            return
    pytest.fail("every proof passed")
