"""A frame is cut short."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import Chunk, FrameFault

Octets = bytes  # the setting `bytes`, which has toxiproxy's name, hides the type inside the class


@dataclass(frozen=True, slots=True)
class Truncate(FrameFault):
    """Only the first `bytes` octets arrive, framing counted; the length in front stays as it was."""

    name: ClassVar[str] = "truncate"

    bytes: int = 0

    def strike(self, raw: Octets, at_us: int, rng: random.Random) -> list[Chunk]:
        return [Chunk(at_us, raw[: self.bytes])] if self.bytes else []
