"""What is asked of the terminal, operation by operation: the same for the same seed, wherever a run was interrupted."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from ..machine import Json

COUNT_MAX = 1_000_000
"""posrig's choice: ten seconds each, this is four months."""
AMOUNT_MAX_FEN = 100_00
"""Amounts are small: a bench must not meet the limits of a test card or of a risk rule."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`count` sales; every `void_every`-th is voided at once, after every `settle_every`-th the batch is settled; 0:
    never."""

    seed: int
    count: int
    void_every: int = 50
    settle_every: int = 200

    def amount_fen(self, number: int) -> int:
        """Of sale `number`, counted from 1."""
        return random.Random(f"{self.seed}/{number}").randint(1, AMOUNT_MAX_FEN)

    def after(self, number: int) -> list[str]:
        """The operations behind sale `number`."""
        ops = [] if not self.void_every or number % self.void_every else ["void"]
        return ops if not self.settle_every or number % self.settle_every else [*ops, "settle"]

    def record(self) -> dict[str, Json]:
        """As it is kept with the run, so that it goes on as it was begun."""
        return {
            "kind": "plan",
            "seed": self.seed,
            "count": self.count,
            "void_every": self.void_every,
            "settle_every": self.settle_every,
        }


def plan_from(record: Mapping[str, Json]) -> Plan:
    """The plan that `Plan.record` kept."""
    return Plan(record["seed"], record["count"], record["void_every"], record["settle_every"])
