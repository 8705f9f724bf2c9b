"""Everything arrives later.  (toxiproxy `latency`: latency and jitter in milliseconds)"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import US_PER_MS, ByteFault, Chunk, Cut, Toxic


@dataclass(frozen=True, slots=True)
class Latency(ByteFault):
    """`latency` ms, plus or minus up to `jitter` ms; the order of the octets is kept."""

    name: ClassVar[str] = "latency"

    latency: int = 0
    jitter: int = 0

    def begin(self, opened_us: int, rng: random.Random) -> Toxic:
        return _Late(self, rng)


class _Late(Toxic):
    def __init__(self, fault: Latency, rng: random.Random) -> None:
        self._fault = fault
        self._rng = rng

    def flow(self, chunk: Chunk) -> list[Chunk | Cut]:
        jitter_us = self._fault.jitter * US_PER_MS
        late_us = self._fault.latency * US_PER_MS + (self._rng.randint(-jitter_us, jitter_us) if jitter_us else 0)
        return [Chunk(chunk.at_us + max(0, late_us), chunk.data, chunk.ordered)]
