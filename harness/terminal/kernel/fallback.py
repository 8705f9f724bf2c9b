"""When the magnetic stripe may stand in for a chip, and what a reader tells of a card that fails.

UnionPay's acceptance rules as public terminals have them: the chip gives no sign of life (no power-up, an ATR that is
none, no answer to the selection), or has no application that this terminal takes.  Never for a card or application that
the issuer has blocked, nor once the application has begun: what the card says then counts.
"""

from __future__ import annotations

DEAD = ("mute", "bad-atr", "card-error", "timeout")
"""Why a card is gone that did not work; one that was pulled out, or whose reader is missing, says nothing of its
chip."""
CAUSES = {
    "removed": "card_removed_early",
    "no-card": "card_removed_early",
    "reset": "reader_in_use",
    "in-use": "reader_in_use",
    "no-reader": "no_reader",
    "no-service": "no_reader",
}


def stripe_may_stand_in(why: str, selected: bool) -> bool:
    """For a contact card that ended with `why`; `selected`: an application had begun by then."""
    return why in DEAD and not selected


def cause_of(why: str) -> str:
    """An Outcome's cause for a card that is gone before its cryptogram."""
    return CAUSES.get(why, "card_error")
