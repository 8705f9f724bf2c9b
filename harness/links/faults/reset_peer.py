"""The connection is reset.  (toxiproxy `reset_peer`: timeout in milliseconds)"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import US_PER_MS, ByteFault, Chunk, Cut, Toxic


@dataclass(frozen=True, slots=True)
class ResetPeer(ByteFault):
    """Both ends see a reset, `timeout` ms after the opening; with 0 at the first octets, which are lost."""

    name: ClassVar[str] = "reset_peer"

    timeout: int = 0

    def begin(self, opened_us: int, rng: random.Random) -> Toxic:
        return _Resetting(self.timeout * US_PER_MS)


class _Resetting(Toxic):
    def __init__(self, timeout_us: int) -> None:
        self._timeout_us = timeout_us

    def opened(self, now_us: int) -> list[Cut]:
        return [Cut(now_us + self._timeout_us, "reset")] if self._timeout_us else []

    def flow(self, chunk: Chunk) -> list[Chunk | Cut]:
        return [chunk] if self._timeout_us else [Cut(chunk.at_us, "reset")]
