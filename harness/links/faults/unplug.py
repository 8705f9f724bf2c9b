"""The plug of a wire comes out, and goes in again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import US_PER_MS, ByteFault, Chunk, Cut, Toxic


@dataclass(frozen=True, slots=True)
class Unplug(ByteFault):
    """On a wire only: its device vanishes `after` ms after it was plugged in (0: at the first octets of its stream,
    which are lost), and is back `away` ms later under another name; 0: it stays away until the line is healed.
    """

    name: ClassVar[str] = "unplug"
    wire_only: ClassVar[bool] = True

    after: int = 0
    away: int = 0

    def begin(self, opened_us: int, rng: random.Random) -> Toxic:
        return _Pulled(self.after * US_PER_MS, self.away * US_PER_MS)


class _Pulled(Toxic):
    def __init__(self, after_us: int, away_us: int) -> None:
        self._after_us = after_us
        self._away_us = away_us

    def opened(self, now_us: int) -> list[Cut]:
        return [self._cut(now_us + self._after_us)] if self._after_us else []

    def flow(self, chunk: Chunk) -> list[Chunk | Cut]:
        return [chunk] if self._after_us else [self._cut(chunk.at_us)]

    def _cut(self, at_us: int) -> Cut:
        return Cut(at_us, "gone", away_us=self._away_us)
