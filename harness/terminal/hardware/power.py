"""What the terminal remembers of its power and its own failures: charge, switched off or not, crash log.

Nothing ticks: what is in the battery follows from the last record and the time since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ...machine import Json, Record

CRASHES_MAX = 20
"""Lines of the crash log; the oldest goes first (posrig's choice)."""
FULL = -1
"""A charge that nobody counted yet: as delivered, and of a new battery."""


@dataclass(slots=True)
class Power:
    """`off`: why the terminal is switched off, "" while it runs.

    `charge_us`: for how long a terminal at rest could go on, at the moment `at_us`; FULL: as long as the battery holds.
    `plugged`: it has external power.  `told`: the lowest level of the battery that was announced.
    `crashes`: the crash log, newest last.  `cleared`: so many entries of settled batches were taken out of the log.
    """

    off: str = ""
    charge_us: int = FULL
    at_us: int = 0
    plugged: bool = True
    told: str = ""
    crashes: list[dict[str, Json]] = field(default_factory=list)
    cleared: int = 0


def charge_after(
    charge_us: int, elapsed_us: int, capacity_us: int, recharge_us: int, *, plugged: bool, off: bool
) -> int:
    """What is in the battery `elapsed_us` later, in microseconds of rest, 0 to `capacity_us`.

    At rest one microsecond uses one; external power fills it from empty in `recharge_us`; switched off it keeps what it
    has (posrig's choice: real ones lose some percent in a month).  FULL is `capacity_us`, counted from now.
    """
    if charge_us == FULL:
        return capacity_us
    charge = min(charge_us, capacity_us)
    elapsed = max(0, elapsed_us)  # a moment of an earlier clock tells nothing
    if plugged:
        charge += elapsed * capacity_us // max(1, recharge_us)
    elif not off:
        charge -= elapsed
    return max(0, min(capacity_us, charge))


def _battery(power: Power, record: Record) -> None:
    power.charge_us, power.at_us = record["charge_us"], record["at_us"]
    power.plugged, power.told = record["plugged"], record["told"]


def _switched(power: Power, record: Record) -> None:
    power.off = record["off"]


def _crash(power: Power, record: Record) -> None:
    power.crashes = [*power.crashes, dict(record["item"])][-CRASHES_MAX:]


def _log_cleared(power: Power, record: Record) -> None:
    power.cleared += record["entries"]


FOLD: Mapping[str, Callable[[Power, Record], None]] = {
    "battery": _battery,
    "switched": _switched,
    "crash": _crash,
    "log_cleared": _log_cleared,
}
