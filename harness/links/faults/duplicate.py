"""A frame arrives twice."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import US_PER_MS, Chunk, FrameFault


@dataclass(frozen=True, slots=True)
class Duplicate(FrameFault):
    """The second copy follows `delay` ms after the first; frames may come in between."""

    name: ClassVar[str] = "duplicate"

    delay: int = 0

    def strike(self, raw: bytes, at_us: int, rng: random.Random) -> list[Chunk]:
        return [Chunk(at_us, raw), Chunk(at_us + self.delay * US_PER_MS, raw, ordered=not self.delay)]
