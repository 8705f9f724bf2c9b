"""Where dialling an address leads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lead:
    """`to` is what is dialled (a party of a simulated world, a real "host:port"); empty: nothing, for `reason`."""

    to: str = ""
    reason: str = ""


Leads = Callable[[str], Lead]
"""From the address that a machine names, "" for none, to where it leads."""
