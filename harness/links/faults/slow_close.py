"""The end of the connection is told late.  (toxiproxy `slow_close`: delay in milliseconds)"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import US_PER_MS, ByteFault, Toxic


@dataclass(frozen=True, slots=True)
class SlowClose(ByteFault):
    """The peer of the one who closes learns it `delay` ms later."""

    name: ClassVar[str] = "slow_close"

    delay: int = 0

    def begin(self, opened_us: int, rng: random.Random) -> Toxic:
        return _Lingering(self.delay * US_PER_MS)


class _Lingering(Toxic):
    def __init__(self, delay_us: int) -> None:
        self._delay_us = delay_us

    def close_at(self, at_us: int) -> int | None:
        return at_us + self._delay_us
