"""Octets arrive in small pieces.  (toxiproxy `slicer`: average_size, size_variation in octets; delay in us)"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import ByteFault, Chunk, Cut, Toxic


@dataclass(frozen=True, slots=True)
class Slicer(ByteFault):
    """Pieces of `average_size` plus or minus `size_variation` octets, at least one, `delay` us apart."""

    name: ClassVar[str] = "slicer"

    average_size: int = 1
    size_variation: int = 0
    delay: int = 0

    def begin(self, opened_us: int, rng: random.Random) -> Toxic:
        return _Slicing(self, rng)


class _Slicing(Toxic):
    def __init__(self, fault: Slicer, rng: random.Random) -> None:
        self._fault = fault
        self._rng = rng
        self._free_us = 0

    def flow(self, chunk: Chunk) -> list[Chunk | Cut]:
        out: list[Chunk | Cut] = []
        at_us, place = max(chunk.at_us, self._free_us), 0
        while place < len(chunk.data):
            variation = self._fault.size_variation
            size = max(1, self._fault.average_size + (self._rng.randint(-variation, variation) if variation else 0))
            out.append(Chunk(at_us, chunk.data[place : place + size], chunk.ordered))
            place += size
            at_us += self._fault.delay
        self._free_us = at_us
        return out
