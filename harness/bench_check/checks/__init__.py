"""Every check, in the order in which they are made."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Check
from .activation import ACTIVATION
from .cable import CABLE
from .computer import COMPUTER
from .identity import IDENTITY
from .keys import KEYS
from .look import LOOK_CHECKS
from .network import NETWORK_CHECKS
from .parameters import PARAMETERS
from .parts import PART_CHECKS
from .payments import PAYMENTS
from .port import PORT
from .protocol import PROTOCOL

CHECKS: Sequence[Check] = (
    COMPUTER,
    PORT,
    PROTOCOL,
    CABLE,
    IDENTITY,
    *LOOK_CHECKS,
    *PART_CHECKS,
    *NETWORK_CHECKS,
    ACTIVATION,
    KEYS,
    PARAMETERS,
    *PAYMENTS,
)
