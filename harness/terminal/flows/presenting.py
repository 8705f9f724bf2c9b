"""What comes before the card is used: the amount is confirmed, the card is read, again where it was held wrongly."""

from __future__ import annotations

from ..desk import Desk
from ..slips import yuan
from ..texts import CAUSES, CONFIRM_AMOUNT, PRESENT_CARD, SWIPE_AGAIN
from ..wants import CardRead, GaveUp, Keys, Order, Prompt, Step

READS_MAX = 3
"""So often a card is asked for that could not be read."""


def unconfirmed(desk: Desk, order: Order, amount_fen: int) -> Step[str | None]:
    """Where the parameters want it, an amount that was typed in is confirmed before anything else; the cause if not."""
    if not desk.config.confirm_amount or order.source:
        return None
    answer: Keys | GaveUp = yield Prompt("keys", CONFIRM_AMOUNT.format(yuan=yuan(amount_fen)))
    if isinstance(answer, Keys):
        return None
    return "amount_not_confirmed" if answer.why == "cancelled" else answer.why


def read_card(desk: Desk) -> Step[CardRead | str]:
    """The card that is presented, or the cause why none was read."""
    text = PRESENT_CARD
    for _ in range(READS_MAX):
        read: CardRead | GaveUp = yield Prompt("card", text)
        if isinstance(read, GaveUp):
            return read.why
        if not read.misread:
            return read
        text = SWIPE_AGAIN
    desk.show(CAUSES["card_misread"])
    return "card_misread"
