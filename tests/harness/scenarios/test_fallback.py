"""Fallback from chip to stripe between the real machines: F22 in every dialect, and 45 where it is forbidden."""

from __future__ import annotations

import pytest

from harness.scenarios.load import load_scenario
from harness.scenarios.run import begun, play_case
from harness.trace import Event

from .green import open_bench

FALLBACK = {"cup": "02", "chanjet": "02", "cup-cbc": "90", "sm4": "80", "no-60-3": "80", "stx-ascii": "80"}
"""F22, first two digits: 02 and 90 with 60.5 (Chanjet POS V2.0), 80 (PAX, Topwise) where F60 ends before it."""


def fields(events: list[Event], party: str, way: str, mti: str) -> list[dict[str, str]]:
    told = (e.data for e in events if e.party == party and e.kind == "message")
    return [data["fields"] for data in told if data["dir"] == way and data["mti"] == mti]


@pytest.mark.parametrize("dialect", FALLBACK)
def test_fallback_is_told_and_may_be_forbidden(dialect: str) -> None:
    scenario = load_scenario("D1")
    scenario = scenario.model_copy(update={"setup": scenario.setup.model_copy(update={"dialect": dialect})})
    (case,) = [case for case in scenario.case if case.name == "mute-and-no-fallback"]
    stage = begun(scenario, open_bench, 3)
    try:
        play_case(stage, scenario, case)
        assert stage.failures == []
        swiped, tapped = fields(list(stage.bench.events()), "host", "in", "0200")
        declined, approved = fields(list(stage.bench.events()), "host", "out", "0210")
        assert (swiped["22"][:2], tapped["22"][:2]) == (FALLBACK[dialect], "07")
        assert (declined["39"], approved["39"]) == ("45", "00")
        assert "55" not in swiped and "55" in tapped
    finally:
        stage.bench.finish()
