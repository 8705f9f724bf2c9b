"""The connection ends in the middle of the data.  (toxiproxy `limit_data`: bytes)"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import ByteFault, Chunk, Cut, Toxic


@dataclass(frozen=True, slots=True)
class LimitData(ByteFault):
    """`bytes` octets of the stream get through, then both ends see the connection close."""

    name: ClassVar[str] = "limit_data"

    bytes: int = 0

    def begin(self, opened_us: int, rng: random.Random) -> Toxic:
        return _Limited(self.bytes)


class _Limited(Toxic):
    def __init__(self, left: int) -> None:
        self._left = left

    def flow(self, chunk: Chunk) -> list[Chunk | Cut]:
        passed = chunk.data[: self._left]
        self._left -= len(passed)
        out: list[Chunk | Cut] = [Chunk(chunk.at_us, passed, chunk.ordered)] if passed else []
        if self._left == 0:
            out.append(Cut(chunk.at_us, "eof"))
        return out
