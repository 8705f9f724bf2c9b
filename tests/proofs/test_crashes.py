"""The power fails before every single effect of terminal and host, and before pairs of them; the shop goes on, and at
the end of the day ledger, batch and receipts agree.
"""

from __future__ import annotations

import random

import pytest

from .days import AGAIN_US, CUTS_MAX, DAYS, PARTIES, Cut, Day, effects, single_cuts, survive

PAIRS_EACH = 15
"""Per kind of day; the seed is fixed, so that a failure stays one."""

LEAST = {"terminal": 8, "host": 3}
"""Fewer effects than these no operation has: the enumeration would be of nothing."""


@pytest.mark.parametrize("name", DAYS)
def test_one_power_cut_anywhere(name: str) -> None:
    cuts = list(single_cuts(DAYS[name]))
    for party, least in LEAST.items():
        assert least <= sum(cut.party == party for cut in cuts) / 2 < CUTS_MAX
    for cut in cuts:
        survived(DAYS[name], cut)


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


def survived(day: Day, *cuts: Cut) -> None:
    try:
        survive(day, cuts)
    except AssertionError as error:
        raise AssertionError(f"{cuts}: {error}") from error
