"""Link faults as data: one small module per fault, the no-op first (`noop`).

What a fault turns octets into, in time: the two kinds of outcome below.  Byte faults have toxiproxy's names and units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stream = Literal["upstream", "downstream"]
"""As toxiproxy says it: upstream flows from the one who dialled to the one who serves, downstream back.  On a wire,
which nobody dials, the register is the client."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """`data` reaches the far end of `stream` at `at_us`."""

    at_us: int
    stream: Stream
    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection ends at `at_us`; both ends are told `reason`, one of those of `machine.Closed`.

    `stream` set: only the far end of that stream is told (an ordinary close that travels through).  `away_us`: how long
    a wire stays unplugged, 0 until it is healed; None: as long as it takes to plug it in.
    """

    at_us: int
    reason: str
    stream: Stream | None = None
    away_us: int | None = None


Outcome = Delivery | Cut
