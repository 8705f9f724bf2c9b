"""A frame is lost."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import Chunk, FrameFault


@dataclass(frozen=True, slots=True)
class Drop(FrameFault):
    """The frame never arrives; the connection knows nothing of it."""

    name: ClassVar[str] = "drop"

    def strike(self, raw: bytes, at_us: int, rng: random.Random) -> list[Chunk]:
        return []
