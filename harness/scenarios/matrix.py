"""The confusion matrix: which row the diagnosis names first for each row, over many varied and noisy runs."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from typing import TypeVar

from ..diagnosis import diagnose
from . import model
from .load import LIFE, load_scenario
from .look import try_steps
from .order import Cell, cells_to_play
from .run import OpenBench, begun, play_case, run_pair
from .vary import noise, varied

HEALTHY = "-"
"""No fault: the name of LIFE's row, and of the column for runs in which nothing was found."""
READY, BOARDED = "ready", "boarded"
"""Step lists that bring the terminal into service, and as far as its master key."""
Named = TypeVar("Named", model.SetupTerminal, model.SetupHost)
Matrix = Mapping[str, Counter[str]]
"""Row to the rows that were named first, with how often."""


def named_first(row: str, seed: int, open_bench: OpenBench) -> str:
    """The row that is named first in one varied, noisy run of one case of `row` (`HEALTHY` for none); all of a tie."""
    rng = random.Random(f"{row}/{seed}")
    scenario = varied(load_scenario(LIFE if row == HEALTHY else row), rng)
    cases = [case for case in scenario.case if not case.harmless]
    case = cases[seed % len(cases)]
    table = next((step.table for step in case.step if isinstance(step, model.Order)), None)
    if table is not None:
        return run_pair(scenario, table, _refused(table, rng), open_bench, seed).diagnosis or HEALTHY
    stage = begun(scenario, open_bench, seed, noise=noise(rng))
    try:
        play_case(stage, scenario, case)
        return "+".join(diagnose(stage.bench.events()).group) or HEALTHY
    finally:
        stage.bench.finish()


def _refused(table: str, rng: random.Random) -> Cell:
    return rng.choice([cell for cell in cells_to_play(table, sparing=False) if not cell.legal])


def matrix(named: Iterable[tuple[str, str]], told: Callable[[], None] = lambda: None) -> Matrix:
    """Counts of (row, row that was named first)."""
    found: dict[str, Counter[str]] = {}
    for row, first in named:
        found.setdefault(row, Counter())[first] += 1
        told()
    return found


def named_together(first: str, second: str, seed: int, open_bench: OpenBench) -> frozenset[str]:
    """The rows that are named when `first` and then `second` are caused in one world.

    What the first prevents, the second cannot show: its steps go on regardless, as people would, who also sign in again
    when the terminal asks for it.
    """
    one, other = load_scenario(first), load_scenario(second)
    setup = merged(one.setup, other.setup) or one.setup
    stage = begun(one.model_copy(update={"setup": setup}), open_bench, seed)
    try:
        for scenario in (one, other):
            case = next(case for case in scenario.case if not case.harmless)
            try_steps(stage, [step for step in case.step if not isinstance(step, model.Order | model.See)])
            if READY in setup.use and scenario is one:
                try_steps(stage, [model.Operate(do="operate", op="sign_in")])
        return frozenset(diagnose(stage.bench.events()).named)
    finally:
        stage.bench.finish()


def merged(one: model.Setup, other: model.Setup) -> model.Setup | None:
    """The bench on which both could be caused, None where there is none.

    A terminal that is not in service yet (families A and B) has no second cause: what happens to a terminal in service
    cannot happen to it.
    """
    worlds = [(setup.dialect, setup.profile, READY in setup.use or BOARDED in setup.use) for setup in (one, other)]
    terminals = _joined(one.terminal, other.terminal)
    hosts = _joined(one.host, other.host)
    if worlds[0] != worlds[1] or terminals is None or hosts is None:
        return None
    uses = dict.fromkeys((*one.use, *other.use))
    if READY in uses:  # it begins as the other one does and goes further
        uses.pop(BOARDED, None)
    changes = {
        "terminal": terminals,
        "host": hosts,
        "card": one.card or other.card,
        "tls": one.tls and other.tls,  # in the clear a line can be seen to damage what it carries
        "fleet": max(one.fleet, other.fleet),
        "use": tuple(uses),
    }
    return one.model_copy(update=changes)


def _joined(one: tuple[Named, ...], other: tuple[Named, ...]) -> tuple[Named, ...] | None:
    """Both lists, None when a name stands for two different things."""
    found = {entry.name: entry for entry in one}
    if any(found.setdefault(entry.name, entry) != entry for entry in other):
        return None
    return tuple(found.values())


def pairs(rows: Iterable[str]) -> list[tuple[str, str]]:
    """Rows that can be caused in one world: those whose setups agree."""
    scenarios = [load_scenario(row) for row in rows]
    return [(one.id, other.id) for one, other in combinations(scenarios, 2) if merged(one.setup, other.setup)]
