"""The table of holds: what each kind stops, and what it answers.

F39 by the catalogue of documented failures: 03 for what concerns the merchant, 58 for what concerns the device or its
maker, 31 for the institution, 61 and 65 for limits; C1, C2 and D6 exist only where the dialect has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from protocols.text import Text
from protocols.unionpay.activation import State

SALES = frozenset({"financial"})
"""Settlement and reversals stay open: no money may be locked in."""
EVERYTHING = frozenset({"financial", "reversal", "notice", "management", "settlement"})


@dataclass(frozen=True)
class HoldKind:
    """One row.  `code`: F39 of a request that it stops; `blocks`: the families of requests that it stops.

    `activation`: what an activation is told.  `facts`: what the portal shows beside the case number, by name.
    """

    text: Text
    code: str
    activation: State
    blocks: frozenset[str] = SALES
    facts: tuple[str, ...] = ()


HOLD_KINDS: Mapping[str, HoldKind] = {
    "suspended": HoldKind(Text("商户已暂停", "the merchant is suspended"), "03", State.SUSPENDED),
}
"""Every kind of hold.  Who decides about them: onboarding, risk, billing, compliance, the merchant itself ..."""
