"""A frame comes late, and so does all that is behind it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import US_PER_MS, Chunk, FrameFault


@dataclass(frozen=True, slots=True)
class Delay(FrameFault):
    """The frame arrives `delay` ms later; the order is kept (`reorder` is the fault that does not keep it)."""

    name: ClassVar[str] = "delay"

    delay: int = 1000

    def strike(self, raw: bytes, at_us: int, rng: random.Random) -> list[Chunk]:
        return [Chunk(at_us + self.delay * US_PER_MS, raw)]
