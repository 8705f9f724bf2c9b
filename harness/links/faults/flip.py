"""One bit of a frame is wrong."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from .base import Chunk, FrameFault

BITS_PER_OCTET = 8


@dataclass(frozen=True, slots=True)
class Flip(FrameFault):
    """The bit `bit` of the frame is turned over: from 0, the highest bit of the first octet, framing counted.

    -1 chooses one at random, not in the first two octets where a length stands; beyond the end the last bit is taken.
    """

    name: ClassVar[str] = "flip"

    bit: int = -1

    def strike(self, raw: bytes, at_us: int, rng: random.Random) -> list[Chunk]:
        last = len(raw) * BITS_PER_OCTET - 1
        bit = min(self.bit, last) if self.bit >= 0 else rng.randint(min(2 * BITS_PER_OCTET, last), last)
        octet, place = divmod(bit, BITS_PER_OCTET)
        damaged = bytearray(raw)
        damaged[octet] ^= 0x80 >> place
        return [Chunk(at_us, bytes(damaged))]
