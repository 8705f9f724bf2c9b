"""What the register's side is configured with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from protocols.registers import DEFAULT_PROTOCOL, Transport

from ..machine import SECOND_US
from .checks import CheckItem

RETURNS_MAX = 5
"""An operation whose port comes back more often than this is given up: the cable is no longer one."""

TUNNEL_REPLY_OCTETS_MAX = 4096
"""Longer than any message of the family; a host that sends more is cut off."""


@dataclass(frozen=True, slots=True)
class DriverSettings:
    """`ack_timeout_us`: wait for ACK.  `result_timeout_us`: wait for the result of an operation; longer than the
    terminal's own time limit plus its reversal, or the register gives up on a sale that is still being decided.
    """

    protocol: str = DEFAULT_PROTOCOL
    """One of `protocols.registers.REGISTER_PROTOCOLS`."""
    transport: Transport = "serial"
    """How the protocol is framed: a serial line, or TCP where the protocol has a framing of its own there."""
    quirks: Any = None
    """What this vendor does otherwise (`harness.quirks`), an instance of the protocol's quirks; None: nothing."""
    application: str = "POSRIG"
    till: str = "01"
    ack_timeout_us: int = 3 * SECOND_US
    away_timeout_us: int = 30 * SECOND_US
    """Wait for a port that has vanished: an adapter comes back in seconds, a person takes longer to plug it in."""
    byte_gap_us: int = SECOND_US
    result_timeout_us: int = 420 * SECOND_US
    local_timeout_us: int = 30 * SECOND_US
    """Wait for the result of an operation that the terminal answers by itself (`operations.Operation.local`): a result
    that was lost on the cable does not come any more."""
    tunnel_timeout_us: int = 60 * SECOND_US
    signs_in_again: bool | None = None
    """After a result that asks for it the register signs in before the next sale; None: as the protocol's registers do
    (dialect A of the Chinese interface does)."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Addresses by the number by which a terminal names its host ("01" to "04"); what is not in it leads to the host
    that the register was set up with."""
    checks: tuple[CheckItem, ...] = ()
    """What a bench check looks at and measures."""
