"""What can be wrong, in the words of the counter: one table from many small ones, each beside what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model import Fault
from .activation import ACTIVATION
from .cable import CABLE
from .device import DEVICE
from .general import GENERAL
from .holds import HOLDS
from .host import HOST
from .look import LOOK
from .money import MONEY
from .network import NETWORK

TABLES: Sequence[Sequence[Fault]] = (GENERAL, CABLE, DEVICE, LOOK, ACTIVATION, HOLDS, HOST, NETWORK, MONEY)
FAULTS: Mapping[str, Fault] = {fault.id: fault for table in TABLES for fault in table}
"""By id."""
