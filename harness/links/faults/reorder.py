"""A frame is overtaken by the one behind it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import Chunk, FrameFault


@dataclass(frozen=True, slots=True)
class Reorder(FrameFault):
    """The frame waits until the next frame of its stream has passed, and follows it.

    When the connection closes first, it is let through before the close.
    """

    name: ClassVar[str] = "reorder"
    holds: ClassVar[bool] = True

    def strike(self, raw: bytes, at_us: int, rng: random.Random) -> list[Chunk]:
        return [Chunk(at_us, raw, ordered=False)]
