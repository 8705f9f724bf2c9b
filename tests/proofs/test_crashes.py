"""The power fails before every single effect of terminal and host, and before pairs of them; the shop goes on, and at
the end of the day ledger, batch and receipts agree.
"""

from __future__ import annotations

import random

import pytest

from .crashes import one_cut_anywhere, survived
from .days import AGAIN_US, DAYS, LONG, PARTIES, Cut, effects

PAIRS_EACH = 15
"""Per kind of day; the seed is fixed, so that a failure stays one."""


@pytest.mark.parametrize("name", [name for name in DAYS if name not in LONG])
def test_one_power_cut_anywhere(name: str) -> None:
    one_cut_anywhere(name)


@pytest.mark.parametrize("name", DAYS)
def test_two_power_cuts(name: str) -> None:
    """The second may hit the recovery from the first, of the same party or of the other one."""
    day = DAYS[name]
    count = effects(day)
    rng = random.Random(f"two power cuts/{name}")
    for _ in range(PAIRS_EACH):
        first, second = (
            Cut(party, rng.randrange(2 * count[party]), rng.choice((None, AGAIN_US)))
            for party in rng.choices(PARTIES, k=2)
        )
        survived(day, first, second)
