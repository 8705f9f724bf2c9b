"""Recordings that many tests look at: each case of each row up to its remedy, played once in a world of its own.

Once for all workers of a run that is spread over several: whoever comes first leaves what it saw in the run's folder.
"""

from __future__ import annotations

import os
import pickle
from functools import cache
from pathlib import Path

from harness.console.opening import opener
from harness.scenarios.load import load_scenario, scenario_ids
from harness.scenarios.look import Look, look
from harness.scenarios.model import Case, Order
from harness.trace import Event

SEED = 3


def _cases(row: str) -> dict[str, Case]:
    """Those that can be looked at one by one: a table of orders diagnoses its own cells."""
    cases = (case for case in load_scenario(row).case if not any(isinstance(step, Order) for step in case.step))
    return {case.name: case for case in cases}


CASES = tuple((row, name) for row in scenario_ids() for name in _cases(row))


def is_harmless(row: str, name: str) -> bool:
    """Nothing is wrong after it: there is no fault to find."""
    return _cases(row)[name].harmless


HARMFUL = tuple(one for one in CASES if not is_harmless(*one))


@cache
def looks(row: str, name: str) -> tuple[Look, ...]:
    """What every side makes of the case, and what its next test tells it."""
    folder = os.environ.get("POSRIG_TEST_SHARED")
    if not folder:
        return _looks(row, name)
    file = Path(folder) / f"{row}-{name}"
    try:
        seen: tuple[Look, ...] = pickle.loads(file.read_bytes())  # our own, of this run
    except OSError:
        seen = _looks(row, name)
        part = file.with_name(f"{file.name}.{os.getpid()}")
        part.write_bytes(pickle.dumps(seen))
        part.replace(file)
    return seen


def _looks(row: str, name: str) -> tuple[Look, ...]:
    return look(load_scenario(row), _cases(row)[name], opener("simulated"), SEED)


def before_remedy(row: str, name: str) -> tuple[Event, ...]:
    """All that was recorded of the case before it is cured."""
    return looks(row, name)[0].events
