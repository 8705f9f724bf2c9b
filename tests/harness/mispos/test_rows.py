"""Rows of the catalogue with the register speaking dialect A: what they show does not hang on the cable's protocol."""

from __future__ import annotations

import pytest

from harness.bench.simulated import SimulatedBench
from harness.scenarios.load import LIFE, load_scenario
from harness.scenarios.model import Setup, SetupCable
from harness.scenarios.run import run_scenario
from harness.scenarios.worlds import world_of


def open_bench(setup: Setup, seed: int) -> SimulatedBench:
    return SimulatedBench(world_of(setup), seed)


@pytest.mark.parametrize("profile", ["countertop", "tethered"])
def test_life(profile: str) -> None:
    scenario = load_scenario(LIFE)
    setup = scenario.setup.model_copy(update={"profile": profile, "cable": SetupCable(protocol="mispos-a")})
    assert run_scenario(scenario.model_copy(update={"setup": setup}), open_bench).failures == ()


@pytest.mark.parametrize("row", ["A7", "F5", "I4"])
def test_rows(row: str) -> None:
    """A session that ended, lost replies, two accounts: the register has its part in each."""
    scenario = load_scenario(row)
    setup = scenario.setup.model_copy(update={"cable": SetupCable(protocol="mispos-a")})
    result = run_scenario(scenario.model_copy(update={"setup": setup}), open_bench)
    assert (result.failures, result.diagnosis) == ((), row)
