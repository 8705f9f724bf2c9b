"""Nothing gets through, and nobody says so.  (toxiproxy `timeout`: timeout in milliseconds, 0 = hold until removed)"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import US_PER_MS, ByteFault, Chunk, Cut, Toxic


@dataclass(frozen=True, slots=True)
class Timeout(ByteFault):
    """All octets of the stream are lost; after `timeout` ms from the opening both ends see the connection close.

    With 0 the connection stays: half open, even an ordinary close of the sender does not get through.
    """

    name: ClassVar[str] = "timeout"

    timeout: int = 0

    def begin(self, opened_us: int, rng: random.Random) -> Toxic:
        return _Silent(self.timeout * US_PER_MS)


class _Silent(Toxic):
    def __init__(self, timeout_us: int) -> None:
        self._timeout_us = timeout_us

    def opened(self, now_us: int) -> list[Cut]:
        return [Cut(now_us + self._timeout_us, "eof")] if self._timeout_us else []

    def flow(self, chunk: Chunk) -> list[Chunk | Cut]:
        return []

    def close_at(self, at_us: int) -> int | None:
        return None
