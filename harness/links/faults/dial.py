"""A dial that does not come through, and what the dialler is told.  One fault per reason of `machine.Closed`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Fault


@dataclass(frozen=True, slots=True)
class DialFault(Fault):
    """The next `times` dials end for `reason`; connections that are open stay.  `stream` has no meaning here."""

    reason: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class DialRefused(DialFault):
    """The host is reached, and its port is closed."""

    name: ClassVar[str] = "dial_refused"
    reason: ClassVar[str] = "refused"


@dataclass(frozen=True, slots=True)
class DialUnreachable(DialFault):
    """No route leads to the host."""

    name: ClassVar[str] = "dial_unreachable"
    reason: ClassVar[str] = "unreachable"


@dataclass(frozen=True, slots=True)
class DialUnresolved(DialFault):
    """The name server says that there is no such name."""

    name: ClassVar[str] = "dial_unresolved"
    reason: ClassVar[str] = "name-not-found"


@dataclass(frozen=True, slots=True)
class DialTimeout(DialFault):
    """Packets are swallowed: the dialler hears nothing until its own time-out."""

    name: ClassVar[str] = "dial_timeout"
    reason: ClassVar[str] = "timeout"


@dataclass(frozen=True, slots=True)
class DialNoLine(DialFault):
    """The line does not come up at all: no signal, cable out, access point refused."""

    name: ClassVar[str] = "dial_no_line"
    reason: ClassVar[str] = "no-line"


DIAL_FAULTS: tuple[type[DialFault], ...] = (DialRefused, DialUnreachable, DialUnresolved, DialTimeout, DialNoLine)
