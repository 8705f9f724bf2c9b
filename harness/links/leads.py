"""Where dialling an address leads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..machine import Connect


@dataclass(frozen=True, slots=True)
class Lead:
    """`to` is what is dialled (a party of a simulated world, a real "host:port"); empty: nothing, for `reason`.

    With both, `to` is a real place of this machine where dialling fails for `reason`.
    """

    to: str = ""
    reason: str = ""


Leads = Callable[[Connect], Lead]
"""From what a machine wants to dial to where that leads."""
