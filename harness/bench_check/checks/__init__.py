"""Every check, in the order in which they are made."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Check
from .activation import ACTIVATION
from .batch import BATCH
from .cable import CABLE
from .clock import CLOCK
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
from .readers import READER_CHECKS
from .software import SOFTWARE

CHECKS: Sequence[Check] = (
    COMPUTER,
    PORT,
    PROTOCOL,
    CABLE,
    IDENTITY,
    *LOOK_CHECKS,
    *PART_CHECKS,
    *READER_CHECKS,
    CLOCK,
    *NETWORK_CHECKS,
    ACTIVATION,
    KEYS,
    PARAMETERS,
    SOFTWARE,
    BATCH,
    *PAYMENTS,
)
