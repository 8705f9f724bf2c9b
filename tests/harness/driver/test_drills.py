"""Drills of the emergency plan: recorded durably, with somebody responsible, and never more than a limit."""

from __future__ import annotations

from typing import Any

import pytest

from harness.driver.driver import Driver
from harness.driver.takings import DRILLS_MAX, Takings, carry_out, rebuilt
from harness.machine import Answer, Ask, Persist, Record

Json = Any
GOOD: dict[str, Json] = {"responsible": ["店长"], "means": ["cash", "qr"]}


def test_a_drill_is_durable_and_counted_and_leaves_the_takings_alone() -> None:
    driver = Driver()
    driver.start([], 0)
    records: list[Record] = []
    told: dict[str, Json] = {}
    for number, (name, args) in enumerate(
        [("takings", {"amount_fen": 500, "means": "cash"}), ("drill", GOOD), ("drill", {**GOOD, "means": ["cash"]})]
    ):
        effects = driver.handle(Ask("person", name, args, number), number)
        records += [record for effect in effects if isinstance(effect, Persist) for record in effect.records]
        (answer,) = [effect for effect in effects if isinstance(effect, Answer)]
        assert answer.ok and answer.value["status"] == "done"
        told = dict(answer.value)
    assert told["drills"] == 2
    again = rebuilt(records)
    assert [drill["means"] for drill in again.drills] == [["cash", "qr"], ["cash"]]
    assert again.drills[0]["responsible"] == ["店长"]
    assert again.sum_fen("cash") == 500


@pytest.mark.parametrize(
    "wrong",
    [
        {"responsible": []},
        {"responsible": "店长"},
        {"responsible": ["  "]},
        {"responsible": ["x" * 61]},
        {"responsible": ["x"] * 11},
        {"means": []},
        {"means": ["barter"]},
        {"means": [["cash"]]},
        {"means": None},
    ],
)
def test_a_drill_without_anybody_responsible_or_anything_practised_is_none(wrong: dict[str, Json]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        carry_out("drill", {**GOOD, **wrong}, Takings(), 0)


def test_there_are_never_more_than_the_limit() -> None:
    takings = Takings(drills=[{}] * DRILLS_MAX)
    with pytest.raises(ValueError, match=str(DRILLS_MAX)):
        carry_out("drill", GOOD, takings, 0)
