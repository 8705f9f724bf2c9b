"""The healthy life in real processes, on real sockets and a pty, under every dialect.

Not collected by the README's pytest, for it takes a quarter of a minute: `.venv/bin/pytest tests/realtime/dialects.py`.
"""

from __future__ import annotations

import pytest

from harness.bench.emulated import EmulatedBench
from harness.fixtures import dialect_names
from harness.scenarios.load import LIFE, load_scenario
from harness.scenarios.model import Setup
from harness.scenarios.run import run_scenario
from harness.scenarios.worlds import world_of


def open_bench(setup: Setup, seed: int) -> EmulatedBench:
    return EmulatedBench(world_of(setup), seed)


@pytest.mark.parametrize("dialect", dialect_names())
def test_life(dialect: str) -> None:
    scenario = load_scenario(LIFE)
    setup = scenario.setup.model_copy(update={"dialect": dialect})
    result = run_scenario(scenario.model_copy(update={"setup": setup}), open_bench)
    assert result.failures == ()
    assert not [verdict for verdict in result.verdicts if verdict.ok is False]
