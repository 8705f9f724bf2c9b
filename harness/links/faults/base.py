"""What all link faults share: when they strike, and what they are given to strike at."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from . import Cut, Delivery, Outcome, Stream

US_PER_MS = 1_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """Octets on their way.  `ordered` False: may be overtaken (only a fault that reorders says so)."""

    at_us: int
    data: bytes
    ordered: bool = True


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of a plan.  `times`: how often in a row it strikes; then it is spent."""

    name: ClassVar[str] = ""

    stream: Stream = "downstream"
    times: int = 1


@dataclass(frozen=True, slots=True)
class FrameFault(Fault):
    """Strikes at whole frames: the `frame`-th of its stream (from 1) and those behind it, `times` in all.

    With `octets` (hex) only frames count whose payload holds these octets at `offset` (-1: anywhere).
    """

    holds: ClassVar[bool] = False
    """True: what `strike` returns waits until the next frame of the stream has passed."""
    cuts: ClassVar[bool] = False
    """True: the connection ends behind what `strike` returns."""

    frame: int = 1
    offset: int = -1
    octets: str = ""

    def matches(self, payload: bytes) -> bool:
        wanted = bytes.fromhex(self.octets)
        if self.offset < 0:
            return wanted in payload
        return payload[self.offset : self.offset + len(wanted)] == wanted

    def strike(self, raw: bytes, at_us: int, rng: random.Random) -> list[Chunk]:
        """What becomes of the frame (`raw` with its framing)."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ByteFault(Fault):
    """Works on everything that flows in its stream, on the `connection`-th connection (from 1) and `times` - 1 more.

    With `for_ms` instead from the opening of the `connection`-th connection for that many milliseconds.
    """

    both_ways: ClassVar[bool] = False
    """True: works in both streams, and `stream` has no meaning."""
    wire_only: ClassVar[bool] = False
    """True: for a cable, and not for what is dialled."""

    connection: int = 1
    for_ms: int = 0

    def begin(self, opened_us: int, rng: random.Random) -> Toxic:
        """A fresh toxic for one connection."""
        raise NotImplementedError


class Toxic:
    """A byte fault at work on one connection.  The base lets everything through."""

    def refuses(self) -> bool:
        """True when the connection does not open at all."""
        return False

    def opened(self, now_us: int) -> list[Cut]:
        """Ends that are certain from the start."""
        return []

    def flow(self, chunk: Chunk) -> list[Chunk | Cut]:
        """What becomes of `chunk`; a Cut ends the connection there."""
        return [chunk]

    def flow_in(self, stream: Stream, chunk: Chunk) -> list[Chunk | Cut]:
        """The same, for a fault that works both ways and must know which."""
        return self.flow(chunk)

    def close_at(self, at_us: int) -> int | None:
        """When an ordinary close of the sender gets through, None for never."""
        return at_us


__all__ = ["US_PER_MS", "ByteFault", "Chunk", "Cut", "Delivery", "Fault", "FrameFault", "Outcome", "Stream", "Toxic"]
