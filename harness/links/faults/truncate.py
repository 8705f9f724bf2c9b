"""A frame is cut short."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import Chunk, FrameFault


@dataclass(frozen=True, slots=True)
class Truncate(FrameFault):
    """Only the first `bytes` octets arrive, framing counted; the length in front stays as it was."""

    name: ClassVar[str] = "truncate"

    bytes: int = 0

    def strike(self, raw: bytes, at_us: int, rng: random.Random) -> list[Chunk]:
        kept = raw[: self.bytes]
        return [Chunk(at_us, kept)] if kept else []
