"""The chip in the terminal's flows: a card is read through its link, and told what the host said before anything is
booked (`..kernel`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from protocols.unionpay.kinds import Kind
from protocols.unionpay.responses import is_approval

from ...machine import CARD_REASONS, Json
from ..desk import Desk
from ..hardware.readers import READERS
from ..kernel import course, field55
from ..kernel.session import Ended, Session, Terms
from ..requests import CHIP, Tender
from ..settings import Card
from ..wants import Answered, CardRead, Reply, Step

Use = Callable[[CardRead], Step[Session | Ended]]
"""What begins with a chip that was presented."""


@dataclass(frozen=True, slots=True)
class ChipEnd:
    """What became of a contact card after the host's answer.

    `cause`: why an approval cannot stand, "" where the card agrees.  `chip`: field 55 of the entry (with the TC);
    `reversal` and `notice`: of a reversal and of the notice how scripts went, the latter empty without any.
    """

    cause: str
    chip: str
    reversal: str
    notice: bytes
    tsi: str


Finish = Callable[[Answered | None], Step[ChipEnd]]


def read_through_link(desk: Desk, how: str) -> bool:
    """Whether a card that is presented so is read by the kernel."""
    return desk.settings.chip and how in CHIP and how in desk.profile.reads


REFUSED = ("use_chip", "card_blocked", "application_blocked", "card_declined", "card_expired")
"""Causes of a transaction that the terminal, or the card by itself, refuses."""


def terms_of_kind(
    kind: Kind, amount_fen: int, no_pin: Callable[[str], bool] = lambda pan: False
) -> Callable[[str], Terms]:
    """What a card is asked for, by the way in which it is presented.  9C is the first two digits of the processing code
    (EMV Book 3 Annex A); `no_pin` as in `Terms`."""
    transaction_type = int(kind.processing_codes[0][:2], 16)
    return lambda how: Terms("tap" if how == "tap" else "insert", amount_fen, transaction_type, no_pin=no_pin)


def used_by(desk: Desk, terms: Callable[[str], Terms]) -> Use:
    """Begin with whatever chip is presented.  What fails is told as the reader tells it (`part`)."""

    def use(read: CardRead) -> Step[Session | Ended]:
        try:
            return (yield from course.begin(desk, terms(read.how), read.card))
        except Ended as ended:
            if ended.why in CARD_REASONS:
                told: dict[str, Json] = {"part": READERS[read.how], "what": ended.cause, "detail": ended.why}
                desk.note("part", {**told, "ok": False}, shown=True)
            if ended.instead:
                desk.note("chip", {"what": "fallback", "ok": True, "instead": ended.instead, "why": ended.why})
            return ended

    return use


def tender(read: CardRead) -> Tender:
    """What a chip's session makes of the customer's card; nothing of it comes from a list."""
    session: Session = read.session
    card = Card(session.card, session.pan, session.expiry, session.sequence, session.track2)
    return Tender(card, read.how, session.pin, read.pulled, session=session)


def decided(desk: Desk, read: CardRead) -> Step[Tender | str]:
    """Up to the cryptogram of the request; or the cause why there is none."""
    try:
        yield from course.decide(read.session)
    except Ended as ended:
        return ended.cause
    return tender(read)


def again(desk: Desk, before: Tender, pin: str) -> Step[Tender | str]:
    """The same card with another PIN; or the cause why it gave nothing.

    A chip begins anew for that: no card gives a second cryptogram in one session.  A PIN that was typed for one card is
    not tried at another.
    """
    session = before.session
    if session is None:
        return replace(before, pin=pin)
    terms = replace(session.terms, pin=pin, chosen=session.data.get(0x84, b""))
    try:
        begun = yield from course.begin(desk, terms, session.card)
    except Ended as ended:
        return ended.cause
    if begun.pan != session.pan:
        return "other_card"
    return (yield from decided(desk, CardRead(session.card, before.how, before.pulled, session=begun)))


def finishing(session: Session | None) -> Finish | None:
    """How the transaction ends at the card, None where it is not there any more (contactless, simplified)."""
    if session is None or session.terms.how == "tap" or 0x9F26 not in session.data:
        return None

    def finish(answered: Answered | None) -> Step[ChipEnd]:
        code, octets = course.UNABLE_TO_GO_ONLINE, b""
        if isinstance(answered, Reply) and answered.code:
            code, octets = answered.code, answered.message.octets(55) or b""
        cause = yield from course.complete(session, is_approval(code), code, octets)
        reversal = field55.reversal(session).hex()
        notice, tsi = field55.script_notice(session), session.tsi.octets().hex().upper()
        return ChipEnd(cause, field55.request(session).hex().upper(), reversal, notice, tsi)

    return finish
