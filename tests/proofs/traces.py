"""Plays scenarios on the simulated bench; `python -m tests.proofs.traces SEED ID ...` prints the hash of each trace."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence

from harness.bench.base import Bench
from harness.bench.simulated import SimulatedBench
from harness.scenarios.load import load_scenario
from harness.scenarios.model import Order, Scenario, Setup
from harness.scenarios.run import run_scenario
from harness.scenarios.worlds import world_of

IDS = ("LIFE", "A1", "C1", "F5")


def open_simulated(setup: Setup, seed: int) -> Bench:
    return SimulatedBench(world_of(setup), seed)


def without_tables(scenario: Scenario) -> Scenario:
    """The scenario without the tables, whose worlds have traces of their own."""
    cases = [
        case.model_copy(update={"step": tuple(step for step in case.step if not isinstance(step, Order))})
        for case in scenario.case
    ]
    return scenario.model_copy(update={"case": tuple(cases)})


def trace_of(name: str, seed: int) -> bytes:
    """The whole trace file of one run."""
    result = run_scenario(without_tables(load_scenario(name)), open_simulated, seed)
    return result.trace.text().encode()


def main(seed: int, names: Sequence[str]) -> None:
    for name in names:
        sys.stdout.write(f"{name} {hashlib.sha256(trace_of(name, seed)).hexdigest()}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
