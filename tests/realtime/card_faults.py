"""Every fault of a card at every command of its sale, by name and by number; two at once, two in a row; with power cuts
of terminal, host and card, with a bad line, with a cable pulled out at the register.

Declined, fallen back, or reversed as the rules say; ledger = batch = receipts; each chip sale that stands is uploaded
once.  A case that fails says how it is done again alone.
"""

from __future__ import annotations

import random

import pytest

from tests.proofs.card_faults import CARDS, drawn, ending, endure_all, every_cut, single
from tests.proofs.shop import NotRight
from tests.proofs.wicked import WickedShop, at_random

KINDS = ("two", "row", "cut", "line", "cable")
DRAWN = 20
PARTS = 4

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("card", CARDS)
def test_every_fault_at_every_command(card: str, part: int) -> None:
    assert endure_all(list(single(card))[part::PARTS]) > 18


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("card", CARDS)
def test_several_things_at_once(card: str, kind: str) -> None:
    assert endure_all(drawn(card, kind, seed) for seed in range(DRAWN)) == DRAWN


@pytest.mark.parametrize("card", ["offline-pin", "tap"])
def test_the_power_fails_before_every_effect(card: str) -> None:
    assert endure_all(every_cut(card)) > 80


def test_the_power_fails_while_a_sale_is_taken_back() -> None:
    gone = ("pulled_before", {"command": "GENERATE AC", "number": 2})
    assert endure_all(every_cut("cda", [gone])) > 180


@pytest.mark.parametrize("card", CARDS)
def test_whatever_a_card_says(card: str) -> None:
    """Answers damaged at random: each sale ends in one of the five ways, the next one with an honest card is good."""
    shop, rng = WickedShop(card), random.Random(f"says/{card}")
    for number in range(100):
        shop.says = at_random(rng)
        outcome = shop.buy()
        assert outcome is not None
        try:
            ending(shop, outcome)
        except NotRight as error:
            raise NotRight(f"sale {number}: {error}") from error
        shop.says = None
        honest = shop.buy()
        assert honest is not None and honest["status"] == "done", (number, honest)
    shop.end()
