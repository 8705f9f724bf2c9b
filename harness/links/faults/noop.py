"""No fault: everything passes.  (toxiproxy `noop`)"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import ByteFault, Toxic


@dataclass(frozen=True, slots=True)
class Noop(ByteFault):
    """Changes nothing; for a plan that must not be empty, and as the pattern for the others."""

    name: ClassVar[str] = "noop"

    def begin(self, opened_us: int, rng: random.Random) -> Toxic:
        return Toxic()
