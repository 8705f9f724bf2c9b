"""A card's transaction from its power-up to its last answer, in the order of EMV Book 3 clause 8.

`begin` reads the card, `decide` ends with the request's cryptogram, `complete` tells the card what the host said.
"""

from __future__ import annotations

from protocols.emv import scripts
from protocols.emv.atr import parse_atr
from protocols.emv.commands import AcKind
from protocols.errors import DecodeError

from ..desk import Desk
from ..texts import ENTER_PIN
from ..wants import CardGone, GaveUp, Keys, Power, Powered, PowerOff, Prompt, Step
from . import (
    action,
    application,
    authentication,
    cardholder,
    contactless,
    fallback,
    issuer,
    parameters,
    restrictions,
    risk,
    selection,
)
from .cryptogram import generate
from .session import Ended, Gone, Session, Terms, begun

UNABLE_TO_GO_ONLINE = "Z3"
"""Authorisation response code of a terminal that has no answer and declines (EMV Book 4 Annex A6)."""
PIN_DIGITS = range(4, 13)
CONTACTLESS_MANDATORY = (0x57, 0x5F24)


def begin(desk: Desk, terms: Terms, card: str) -> Step[Session]:
    """Power the card, choose its application, read its records.  Raises Ended."""
    session = begun(desk, terms, card)
    try:
        atr = yield from power(terms.how, card)
        session.note("power", ok=True, atr=atr.hex().upper())
        yield from _application(session)
    except Gone as gone:
        raise _lost(session, gone.why) from None
    return session


def power(how: str, card: str) -> Step[bytes]:
    """The card's ATR.  Raises Gone: there is none, or one that is none."""
    powered: Powered | CardGone = yield Power(card, how)
    if isinstance(powered, CardGone):
        raise Gone(powered.why)
    try:
        parse_atr(powered.atr)
    except DecodeError:
        raise Gone("bad-atr") from None
    return powered.atr


def decide(session: Session) -> Step[None]:
    """Up to the first cryptogram: afterwards the session has what goes to the host.  Raises Ended where there is none
    that may go there."""
    try:
        given = yield from (_tapped(session) if session.terms.how == "tap" else _inserted(session))
    except Gone as gone:
        raise _lost(session, gone.why) from None
    if given != "ARQC":
        raise Ended("card_declined")


def complete(session: Session, approved: bool, code: str, octets: bytes) -> Step[str]:
    """Tell a contact card what the host said: `code` is the response code, `octets` field 55 of the reply.

    Returns "" where the card goes along with it, else the cause why an approval cannot stand: `card_rejected` (AAC),
    `card_removed`, `card_failed`.
    """
    items, listed = issuer.told(octets)
    session.data[0x8A] = code.encode("latin-1")[:2].rjust(2, b"0")
    cause = ""
    try:
        yield from issuer.authenticate(session, items)
        yield from issuer.run_scripts(session, listed, scripts.BEFORE_AC)
        given = yield from generate(session, "second_ac", "TC" if approved else "AAC")
        cause = "" if given == "TC" else "card_rejected"
    except Gone as gone:
        cause = "card_removed" if gone.why == "removed" else "card_failed"
        session.note("second_ac", ok=False, why=gone.why)
    except Ended as ended:
        cause = "card_failed"
        session.note("second_ac", ok=False, why=ended.why)
    yield from issuer.run_scripts(session, listed, scripts.BEHIND_AC)
    return cause


def _application(session: Session) -> Step[None]:
    """The first candidate that does not refuse (6985), and its records."""
    tap = session.terms.how == "tap"
    taken = parameters.applications(session.desk.state.aids)
    if tap:
        taken = contactless.offered(session, taken)
    listed = yield from selection.candidates(session, taken)
    while True:
        if (yield from selection.select(session, listed)) is None:
            raise selection.none_left(session)
        if tap:
            contactless.qualify(session)
        told = yield from application.options(session)
        if told is not None:
            break
    yield from application.records(session, told.afl)
    if tap:
        contactless.fill_up(session)
    application.complete(session, CONTACTLESS_MANDATORY if tap else application.MANDATORY)


def _inserted(session: Session) -> Step[AcKind]:
    yield from authentication.authenticate(session)
    restrictions.restrict(session)
    yield from cardholder.verify(session)
    yield from risk.manage(session)
    return (yield from generate(session, "first_ac", action.decide(session)))


def _tapped(session: Session) -> Step[AcKind]:
    """The cryptogram is there already; the card may go before a PIN is typed."""
    given = contactless.answered(session)
    yield PowerOff()
    contactless.judge(session)
    if given == "ARQC" and contactless.wants_pin(session):
        session.pin = yield from _pin(session)
    return given


def _pin(session: Session) -> Step[str]:
    while session.terms.pin is None:
        typed: Keys | GaveUp = yield Prompt("keys", ENTER_PIN, secret=True)
        if isinstance(typed, GaveUp):
            raise Ended(typed.why)
        if not typed.typed or len(typed.typed) in PIN_DIGITS:
            return typed.typed
    return session.terms.pin


def _lost(session: Session, why: str) -> Ended:
    """The card is gone before its cryptogram: nothing has happened that anybody would have to take back."""
    cause = fallback.cause_of(why)
    if session.terms.how == "tap":
        return Ended(cause, instead="insert" if why in (*fallback.DEAD, "removed") else "", why=why)
    instead = fallback.stripe_may_stand_in(why, session.application is not None)
    return Ended(cause, instead="swipe" if instead else "", why=why)
