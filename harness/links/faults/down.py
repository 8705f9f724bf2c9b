"""The far side is not there.  (toxiproxy: a proxy with `enabled` false)"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import ByteFault, Chunk, Cut, Toxic


@dataclass(frozen=True, slots=True)
class Down(ByteFault):
    """Dialling is refused (an open connection is reset); on a wire, which nobody dials, both directions are silent.

    `stream` has no meaning here.
    """

    name: ClassVar[str] = "down"

    def begin(self, opened_us: int, rng: random.Random) -> Toxic:
        return _Gone()


class _Gone(Toxic):
    def refuses(self) -> bool:
        return True

    def flow(self, chunk: Chunk) -> list[Chunk | Cut]:
        return []
