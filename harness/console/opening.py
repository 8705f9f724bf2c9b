"""Opens the bench that a scenario or a test wants, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ..bench.base import Bench
    from ..scenarios.run import OpenBench

BenchName = Literal["simulated", "emulated"]
BENCHES: tuple[BenchName, ...] = ("simulated", "emulated")

JOBS_MAX = 64
"""Rows at one time: more than any machine that runs this has processors to spare."""

DEFAULT_SEED = 1
"""Every run is the same run unless another seed is asked for: whoever sees a failure sees everybody's failure."""


def open_by_name(bench: BenchName, dialect: str, profile: str, seed: int, cards: str = "") -> Bench:
    """A new bench; `cards`: where its chip cards are (`bench.world.CARD_PLACES`).

    Raises ScenarioError for an unknown dialect or profile, BenchBroken when it does not start."""
    from ..bench.open import open_bench
    from ..bench.world import World

    return open_bench(bench, World(dialect=dialect, profile=profile, card=cards), seed)


def opener(bench: str) -> OpenBench:
    """What `run_scenario` opens its bench with."""

    from ..bench.open import open_bench
    from ..scenarios.worlds import world_of

    return lambda setup, seed: open_bench(bench, world_of(setup), seed)
