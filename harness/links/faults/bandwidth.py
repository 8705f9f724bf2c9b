"""A slow line.  (toxiproxy `bandwidth`: rate in KB/s, 1 KB = 1000 octets)"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import US_PER_MS, ByteFault, Chunk, Cut, Toxic


@dataclass(frozen=True, slots=True)
class Bandwidth(ByteFault):
    """At most `rate` KB/s: a chunk arrives when its last octet has passed, behind those before it."""

    name: ClassVar[str] = "bandwidth"

    rate: int = 1

    def begin(self, opened_us: int, rng: random.Random) -> Toxic:
        return _Slow(self.rate)


class _Slow(Toxic):
    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._free_us = 0

    def flow(self, chunk: Chunk) -> list[Chunk | Cut]:
        duration_us = -(-len(chunk.data) * US_PER_MS // self._rate)
        self._free_us = max(self._free_us, chunk.at_us) + duration_us
        return [Chunk(self._free_us, chunk.data, chunk.ordered)]
