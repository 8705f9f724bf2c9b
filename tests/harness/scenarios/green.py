"""What a row that runs green shows, whichever it is."""

from __future__ import annotations

from harness.bench.simulated import SimulatedBench
from harness.scenarios.load import load_scenario
from harness.scenarios.model import Setup
from harness.scenarios.run import run_scenario
from harness.scenarios.seen import TRACE_KEYS, strange_keys
from harness.scenarios.worlds import world_of

from .rebuilt import RebuiltBench

ORDERS = "C1"
"""The table of orders: each of its hundreds of cells is a world of its own, so `tests/realtime/orders.py` plays it."""


def open_bench(setup: Setup, seed: int) -> SimulatedBench:
    return RebuiltBench(world_of(setup), seed)


def check_green(name: str) -> None:
    """Play it; it is as documented, named, cured, and its trace has known events alone."""
    result = run_scenario(load_scenario(name), open_bench, seed=3)
    assert result.failures == ()
    assert result.ok
    assert result.diagnosis == result.expected
    wrong = {verdict.judge for verdict in result.verdicts if verdict.ok is False}
    assert wrong == set(load_scenario(name).breaks)
    noted = [event for event in result.trace.events if event.party != "bench"]
    assert {event.kind for event in noted} <= set(TRACE_KEYS)
    assert {(event.kind, key) for event in noted for key in strange_keys(event.kind, event.data)} == set()
