"""What comes before the card is used: the amount is confirmed, the card is read, again where it was held wrongly."""

from __future__ import annotations

from dataclasses import replace

from protocols.unionpay.track import has_chip

from .. import requests
from ..account import masked
from ..desk import Desk
from ..kernel.session import Ended
from ..outcome import Outcome, done, outcome
from ..slips import yuan
from ..texts import (
    CAUSES,
    CONFIRM_AMOUNT,
    ENTER_AMOUNT,
    INSERT_INSTEAD,
    PRESENT_CARD,
    SWIPE_AGAIN,
    SWIPE_INSTEAD,
)
from ..wants import CardRead, GaveUp, Keys, Order, Prompt, Step
from .chip import Use, read_through_link, tender, terms_of_kind, used_by

AMOUNT_DIGITS = 13
"""So many of what is typed are looked at: one more than an amount may have."""
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


def with_amount(order: Order) -> Step[Order | GaveUp]:
    """The order with its amount, which is typed where nobody gave one; the register always gives one."""
    if "amount_fen" in order.args or order.source:
        return order
    typed: Keys | GaveUp = yield Prompt("keys", ENTER_AMOUNT)
    if isinstance(typed, GaveUp):
        return typed
    return replace(order, args={**order.args, "amount_fen": int(typed.typed[:AMOUNT_DIGITS] or 0)})


def present(desk: Desk, order: Order) -> Step[Outcome]:
    """The operation "read a card": a register wants to know which card is there.  The Outcome has `card` {pan masked,
    how}; no frame leaves, and nothing is kept."""
    read = yield from read_card(desk, used_by(desk, terms_of_kind(requests.named(desk, "balance"), 0)))
    if isinstance(read, str):
        return outcome(order.op, "cancelled", read)
    card = tender(read).card if read.session else desk.settings.cards.get(read.card)
    if card is None:
        return outcome(order.op, "cancelled", "unknown_card")
    return {**done(order.op), "card": {"pan": masked(card.pan), "how": read.how}}


def read_card(desk: Desk, use: Use) -> Step[CardRead | str]:
    """The card that is presented, or the cause why none was read.  `use` begins with a chip that has a link.

    After a chip that failed the stripe may stand in for it (fallback), at once: public terminals allow it after one to
    three failures.
    """
    text, chip_failed = PRESENT_CARD, False
    for _ in range(READS_MAX):
        read: CardRead | GaveUp = yield Prompt("card", text)
        if isinstance(read, GaveUp):
            return read.why
        instead = ""
        if not read.misread and read_through_link(desk, read.how):
            begun = yield from use(read)
            if isinstance(begun, Ended) and not begun.instead:
                return begun.cause
            instead = begun.instead if isinstance(begun, Ended) else ""
            read = replace(read, misread=bool(instead), session=None if isinstance(begun, Ended) else begun)
        if not read.misread:
            taken = _admitted(desk, read, chip_failed)
            if chip_failed != desk.state.device.chip_failed:
                desk.owe({"kind": "chip_read", "failed": chip_failed})
            return taken
        chip_failed = chip_failed or read.how == "insert"
        text = SWIPE_INSTEAD if chip_failed and "swipe" in desk.profile.reads else SWIPE_AGAIN
        if instead == "insert" and not chip_failed:
            text = INSERT_INSTEAD
    desk.show(CAUSES["card_misread"])
    return "card_misread"


def _admitted(desk: Desk, read: CardRead, chip_failed: bool) -> CardRead | str:
    """A card with a chip is not swiped first where there is a reader for its chip (service code, ISO 7813).

    F60.5 of a fallback tells of the transaction before: 2 when its chip failed, too, else 1 (Q/CUP 009).
    """
    card = desk.settings.cards.get(read.card)
    swiped = read.how == "swipe" and "insert" in desk.profile.reads
    if not swiped or card is None or not has_chip(card.track2):
        return read
    if not chip_failed:
        return "use_chip"
    return replace(read, condition="2" if desk.state.device.chip_failed else "1")
