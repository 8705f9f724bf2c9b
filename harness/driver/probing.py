"""Which questions find out what a terminal speaks, in which order, and what the answers mean.

Each question is a protocol's harmless operation (`speakers.PROBES`), carried out by a driver with short waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from protocols.framing import ACK, NAK
from protocols.registers import REGISTER_PROTOCOLS

from ..machine import SECOND_US, Json
from .outcome import NOT_IN_PROTOCOL, PORT_GONE, REGISTER_TIMEOUT
from .speakers import PROBES, SPEAKERS

WAITS: Mapping[str, int] = {
    "ack_timeout_us": 4 * SECOND_US // 10,
    "result_timeout_us": 2 * SECOND_US,
    "away_timeout_us": SECOND_US,
}
"""Settings of the driver that asks.  A frame and its acknowledgement take a tenth of a second at 1200 baud."""
ATTEMPT_S = 4.0
"""The longest that one question may take, whatever its speaker waits for."""
LINGER_S = 1.1
"""Silence between two questions where octets came back to the first, or the second is one control octet (Concert's
ENQ): what a terminal has begun to say or to read is over by then (one second without an octet ends a frame), and in
the middle of what it cannot read no ENQ counts."""
BY_CONTROL = frozenset(("concert",))
"""Protocols whose question is one control octet."""
ATTEMPTS_MAX = 30


@dataclass(frozen=True, slots=True)
class Attempt:
    """One question: `baud` 0 and `bits` "" over TCP."""

    protocol: str
    baud: int = 0
    bits: str = ""

    @property
    def op(self) -> str:
        """What is asked."""
        return PROBES[self.protocol]

    @property
    def line(self) -> str:
        """The line's settings as people write them, "" over TCP."""
        return f"{self.baud}-{self.bits}" if self.baud else ""


def protocols_probed() -> tuple[str, ...]:
    """Every protocol that can be found, in the order in which they are asked: the usual one first."""
    return tuple(name for name in PROBES if name in REGISTER_PROTOCOLS and name in SPEAKERS)


def attempts(protocols: Sequence[str], *, tcp: bool, baud: int | None = None, bits: str = "") -> list[Attempt]:
    """The questions in order: each protocol at its usual rate, then each at its next one.  `baud`, `bits`: what is
    known already."""
    if tcp:
        return [Attempt(name) for name in protocols][:ATTEMPTS_MAX]
    rates = [(baud,) if baud is not None else REGISTER_PROTOCOLS[name].baudrates for name in protocols]
    rounds = zip_longest(*rates)
    return [
        Attempt(name, rate, bits or REGISTER_PROTOCOLS[name].line)
        for round_ in rounds
        for name, rate in zip(protocols, round_, strict=True)
        if rate is not None
    ][:ATTEMPTS_MAX]


def proves(outcome: Mapping[str, Json] | None, octets: bytes) -> bool:
    """Whether an Outcome of the question, and the octets that came back, show that the terminal speaks the protocol: it
    answered, be it a refusal.  NAK alone is no answer: that is what it says to whatever it cannot read."""
    silent = (NOT_IN_PROTOCOL, REGISTER_TIMEOUT, PORT_GONE)
    if outcome is None or outcome["cause"] in silent or not octets.strip(bytes((NAK,))):
        return False
    return str(outcome["status"]) != "unknown"


def acknowledges(octets: bytes) -> bool:
    """Whether nothing but ACK and NAK came back: the line is set right, and the question was not understood."""
    return bool(octets) and not octets.strip(bytes((ACK, NAK)))
