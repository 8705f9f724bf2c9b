"""The connection dies right behind a frame."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import Chunk, FrameFault


@dataclass(frozen=True, slots=True)
class CutAfter(FrameFault):
    """The frame arrives whole; then both ends see a reset."""

    name: ClassVar[str] = "cut"
    cuts: ClassVar[bool] = True

    def strike(self, raw: bytes, at_us: int, rng: random.Random) -> list[Chunk]:
        return [Chunk(at_us, raw)]
