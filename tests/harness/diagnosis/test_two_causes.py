"""Two causes in one world are named both, but for the pairs that the documentation lists with the reason.

All pairs take minutes (`tools/pairs`); here a sample, drawn anew for each version of the table.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from harness.console.opening import opener
from harness.scenarios.load import scenario_ids
from harness.scenarios.matrix import named_together, pairs

PAGE = Path(__file__).resolve().parents[3] / "docs" / "diagnosis.md"
BLOCK = re.compile(r"<!-- pairs -->\n(?P<table>.*?)<!-- end -->", re.DOTALL)
PAIR = re.compile(r"([A-I]\d+)\+([A-I]\d+)")
Pair = tuple[str, str]


def listed() -> list[Pair]:
    found = BLOCK.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    return [(one, other) for one, other in PAIR.findall(found["table"])]


def sample() -> list[tuple[Pair, bool]]:
    """Some pairs of the table, and some of those that it does not list, with whether both are named."""
    rng = random.Random(len(listed()))
    others = [pair for pair in pairs(scenario_ids()) if pair not in listed()]
    return [*((pair, False) for pair in rng.sample(listed(), 4)), *((pair, True) for pair in rng.sample(others, 10))]


def both_named(pair: Pair) -> bool:
    runs = (named_together(*order, 1, opener("simulated")) for order in (pair, pair[::-1]))
    return any(set(pair) <= named for named in runs)


@pytest.mark.parametrize(("pair", "told"), sample())
def test_both_are_named_or_the_table_says_why_not(pair: Pair, told: bool) -> None:
    assert both_named(pair) == told


def test_the_table_lists_pairs_that_can_meet_and_each_once() -> None:
    assert len(set(listed())) == len(listed())
    assert set(listed()) <= set(pairs(scenario_ids()))
    assert not {pair for pair in pairs(scenario_ids()) if {"A1", "F5"} == set(pair)}, "not in service yet"
